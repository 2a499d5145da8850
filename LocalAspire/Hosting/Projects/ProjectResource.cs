using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Aspire.Hosting.Runtime;

namespace Aspire.Hosting.ApplicationModel;

public class ProjectResource : Resource, IResourceWithEnvironment, IResourceWithServiceDiscovery, IResourceWithWaitSupport
{
    // DCP hands everything of the AppHost's environment to its children except these.
    static readonly string[] _notInherited =
    [
        "ASPNETCORE_URLS", "DOTNET_LAUNCH_PROFILE", "ASPNETCORE_ENVIRONMENT", "DOTNET_ENVIRONMENT",
        "LOCAL_ASPIRE_STATE_FILE", "LOCAL_ASPIRE_LOGS", "LOCAL_ASPIRE_HOME",
    ];

    // The runtime that runs us lies in shared/Microsoft.NETCore.App/{version}/ below its host program, whether or not that is on the PATH.
    static readonly string _dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../../dotnet"));

    static readonly HttpClient _health = new() { Timeout = TimeSpan.FromSeconds(5) };

    readonly IProjectMetadata _project;

    internal ProjectResource(string name, IProjectMetadata project) : base(name) => _project = project;

    internal override async Task<IReadOnlyList<ProcessStart>> PrepareAsync(LocalContext context, CancellationToken cancellationToken)
    {
        if (!File.Exists(_project.TargetPath))
            throw new DistributedApplicationException($"{_project.TargetPath} is not built; build the AppHost first.");
        var callbacks = new EnvironmentCallbackContext(context.Execution);
        foreach (var callback in Plan.Environment)
            await callback(callbacks, cancellationToken);

        var starts = new List<ProcessStart>();
        for (var replica = 0; replica < Plan.Replicas; replica++)
        {
            var environment = OwnEnvironment(LaunchProfile.Choose(_project.ProjectPath, context.LaunchProfile), replica);
            foreach (var (name, value) in callbacks.EnvironmentVariables)
                environment[name] = value is IValueProvider provider ? await provider.GetValueAsync(cancellationToken) : $"{value}";
            starts.Add(new ProcessStart([_dotnet, _project.TargetPath], Path.GetDirectoryName(_project.ProjectPath)!) { Environment = environment });
        }
        return starts;
    }

    internal override async Task<bool> IsHealthyAsync(CancellationToken cancellationToken)
    {
        var urls = Plan.HealthChecks.SelectMany(
            check => check.Endpoint.AllocatedPorts.Select((_, replica) => (check, check.Endpoint.Url(replica) + check.Path)));
        foreach (var (check, url) in urls)
        {
            try
            {
                using var response = await _health.GetAsync(new Uri(url), cancellationToken);
                if ((int)response.StatusCode != check.StatusCode)
                    return false;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }
        return true;
    }

    Dictionary<string, string?> OwnEnvironment(LaunchProfile? profile, int replica)
    {
        var environment = _notInherited.ToDictionary(name => name, _ => (string?)null);
        foreach (var (name, value) in profile?.Environment ?? [])
            environment[name] = value;
        if (profile is not null)
            environment["DOTNET_LAUNCH_PROFILE"] = profile.Name;
        environment["OTEL_SERVICE_NAME"] = Name;
        environment["OTEL_RESOURCE_ATTRIBUTES"] = $"service.instance.id={Name}-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        environment["LOGGING__CONSOLE__FORMATTERNAME"] = "simple";
        if (Plan.Endpoints.Count > 0)
            environment["ASPNETCORE_URLS"] = string.Join(';', Plan.Endpoints.Select(endpoint => endpoint.Url(replica)));
        foreach (var endpoint in Plan.Endpoints)
        {
            if (endpoint.EnvironmentVariable is { } variable)
                environment[variable] = $"{endpoint.AllocatedPorts[replica]}";
        }
        return environment;
    }
}
