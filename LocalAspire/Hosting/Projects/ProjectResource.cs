using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;

namespace Aspire.Hosting.ApplicationModel;

public class ProjectResource : Resource, IResourceWithEnvironment, IResourceWithEndpoints, IResourceWithWaitSupport
{
    // DCP hands everything of the AppHost's environment to its children except these.
    static readonly string[] _notInherited =
    [
        "ASPNETCORE_URLS", "DOTNET_LAUNCH_PROFILE", "ASPNETCORE_ENVIRONMENT", "DOTNET_ENVIRONMENT",
        "LOCAL_ASPIRE_STATE_FILE", "LOCAL_ASPIRE_LOGS", "LOCAL_ASPIRE_HOME",
    ];

    // The runtime that runs us lies in shared/Microsoft.NETCore.App/{version}/ below its host program, whether or not that is on the PATH.
    static readonly string _dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../../dotnet"));

    static readonly JsonDocumentOptions _launchSettingsFormat = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    readonly IProjectMetadata _project;
    readonly string _directory;

    internal ProjectResource(string name, IProjectMetadata project) : base(name)
    {
        _project = project;
        _directory = Path.GetDirectoryName(project.ProjectPath)!;
    }

    internal override async Task<IReadOnlyList<ProcessStart>> PrepareAsync(RunContext context, CancellationToken cancellationToken)
    {
        if (!File.Exists(_project.TargetPath))
            throw new DistributedApplicationException($"{_project.TargetPath} is not built; build the AppHost first.");
        var asked = new EnvironmentCallbackContext(context.Execution);
        EnvironmentCallbacks.ForEach(callback => callback(asked));

        var starts = new List<ProcessStart>();
        for (var replica = 0; replica < Replicas; replica++)
        {
            var environment = _notInherited.ToDictionary(name => name, _ => (string?)null);
            AddLaunchProfile(environment);
            AddIdentity(environment, replica);
            foreach (var (name, value) in asked.EnvironmentVariables)
                environment[name] = value is IValueProvider provider ? await provider.GetValueAsync(cancellationToken) : $"{value}";
            starts.Add(new ProcessStart([_dotnet, _project.TargetPath], _directory) { Environment = environment });
        }
        return starts;
    }

    void AddIdentity(Dictionary<string, string?> environment, int replica)
    {
        environment["OTEL_SERVICE_NAME"] = Name;
        environment["OTEL_RESOURCE_ATTRIBUTES"] = $"service.instance.id={Name}-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        environment["LOGGING__CONSOLE__FORMATTERNAME"] = "simple";
        if (Endpoints.Count > 0)
            environment["ASPNETCORE_URLS"] = string.Join(';', Endpoints.Select(endpoint => endpoint.Urls.ElementAt(replica)));
        foreach (var endpoint in Endpoints.Where(endpoint => endpoint.EnvironmentVariable is not null))
            environment[endpoint.EnvironmentVariable!] = $"{endpoint.AllocatedPorts[replica]}";
    }

    /// <summary>The environment of the first profile of launchSettings.json that starts the project, as Aspire applies it.</summary>
    void AddLaunchProfile(Dictionary<string, string?> environment)
    {
        var file = Path.Combine(_directory, "Properties", "launchSettings.json");
        if (!File.Exists(file))
            return;
        using var settings = JsonDocument.Parse(File.ReadAllText(file), _launchSettingsFormat);
        var profile = settings.RootElement.GetProperty("profiles").EnumerateObject()
            .FirstOrDefault(profile => profile.Value.TryGetProperty("commandName", out var command) && command.ValueEquals("Project"));
        if (profile.Value.ValueKind == JsonValueKind.Undefined)
            return;
        if (profile.Value.TryGetProperty("applicationUrl", out var url))
            throw new DistributedApplicationException(
                $"{file} has applicationUrl {url}, which LocalAspire does not read; declare the endpoint with WithHttpEndpoint instead.");
        environment["DOTNET_LAUNCH_PROFILE"] = profile.Name;
        if (profile.Value.TryGetProperty("environmentVariables", out var variables))
            foreach (var variable in variables.EnumerateObject())
                environment[variable.Name] = variable.Value.GetString();
    }
}
