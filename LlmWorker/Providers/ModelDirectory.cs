using AiPlatform.Contracts;
using AiPlatform.LlmWorker.Configuration;
using AiPlatform.LlmWorker.Routing;
using AiPlatform.WorkerRuntime.Providers;
using Microsoft.Extensions.Options;

namespace AiPlatform.LlmWorker.Providers;

/// <summary>The models of the configuration, with the connections to their providers.</summary>
sealed class ModelDirectory : IDisposable
{
    readonly ModelConfig config;
    readonly Dictionary<string, ChatConnection> connections;
    readonly Dictionary<(string Provider, string Model), Deployment> deployments = [];
    readonly Dictionary<string, DeploymentGroup> groups;

    public ModelDirectory(IOptions<LlmOptions> options, TimeProvider time)
    {
        var reading = ModelConfigFile.Read(options.Value);
        // The settings were checked at the start, and with them the file as it was then.
        config = reading.Config ?? throw new InvalidOperationException($"{options.Value.ConfigFile}: {string.Join(' ', reading.Errors)}");
        connections = config.Providers.ToDictionary(provider => provider.Name, provider => new ChatConnection(provider));
        groups = config.Groups.Values.ToDictionary(
            group => group.Name, group => new DeploymentGroup(group.Name, [.. group.Deployments.Select(deployment => DeploymentOf(deployment, time)).Distinct()]));
        AsSet = new ProviderSet(
            "model", "none", "LLM_CONFIG_FILE, LLM_BASE_URL, LMSTUDIO_BASE_URL, OLLAMA_BASE_URL or OPENCLAW_URL", [.. connections.Values]);
    }

    public IReadOnlyList<string> Profiles => [.. config.Profiles.Keys];

    public ProviderSet AsSet { get; }

    /// <summary>The group that runs the jobs of a profile, then those it may fall back to; empty where none is configured.</summary>
    public IReadOnlyList<DeploymentGroup> ChainOf(string profile, bool mayFallBack) => config.GroupOf(profile) is { } group
        ? [groups[group.Name], .. (mayFallBack ? group.Fallbacks : []).Select(name => groups[name])]
        : [];

    public IReadOnlyList<ProviderReport> Reports() => connections.Count == 0
        ? AsSet.Reports()
        : [.. connections.Select(connection => Report(connection.Key, connection.Value.State.Report()))];

    public void Dispose()
    {
        foreach (var connection in connections.Values)
        {
            connection.Dispose();
        }
    }

    Deployment DeploymentOf(DeploymentConfig deployment, TimeProvider time)
    {
        var key = (deployment.Provider.Name, deployment.Provider.Model);
        return deployments.TryGetValue(key, out var known)
            ? known
            : deployments[key] = new Deployment(deployment, connections[deployment.Provider.Name], time, Random.Shared);
    }

    ProviderReport Report(string provider, ProviderReport report)
    {
        var models = deployments.Values.Where(deployment => deployment.Provider.Name == provider)
            .Select(deployment => deployment.Report([.. groups.Values.Where(group => group.Deployments.Contains(deployment)).Select(group => group.Name)]))
            .ToList();
        // A provider is in use as long as one of its models is.
        string[] best = ["closed", "half_open", "open"];
        return report with { Deployments = models, Circuit = best.First(circuit => models.Any(model => model.Circuit == circuit)) };
    }
}
