using AiPlatform.Contracts;
using AiPlatform.LlmWorker.Admission;
using AiPlatform.LlmWorker.Configuration;
using AiPlatform.LlmWorker.Routing;

namespace AiPlatform.LlmWorker.Providers;

/// <summary>The models of one reading of the configuration. What has not changed since the one before is taken over with all that was seen of it.</summary>
sealed class ModelSet
{
    readonly ModelConfig config;
    readonly AdmissionRules rules;
    readonly AdmissionSignal signal;
    readonly TimeProvider time;
    readonly OrderedDictionary<string, ChatConnection> connections = new(StringComparer.Ordinal);
    readonly Dictionary<(Operation Operation, string Provider, string Model), Deployment> deployments = [];
    readonly Dictionary<string, DeploymentGroup> groups;
    readonly Dictionary<string, DeploymentGroup> embedders;

    public ModelSet(ModelConfig config, ModelSet? before, AdmissionRules rules, AdmissionSignal signal, TimeProvider time)
    {
        (this.config, this.rules, this.signal, this.time) = (config, rules, signal, time);
        foreach (var provider in config.Providers)
        {
            var known = before?.connections.GetValueOrDefault(provider.Name);
            connections[provider.Name] = known is not null && known.IsTo(provider) ? known : new ChatConnection(provider);
        }
        groups = GroupsOf(Operation.Chat, before, before?.groups);
        embedders = GroupsOf(Operation.Embedding, before, before?.embedders);
        Profiles = [.. config.Profiles.Keys];
    }

    public IReadOnlyList<string> Profiles { get; }

    public IReadOnlyList<ChatConnection> Connections => [.. connections.Values];

    public IReadOnlyList<Deployment> Deployments => [.. deployments.Values.Where(deployment => deployment.IsSeen)];

    /// <summary>How many use it: the directory, as long as it is the latest, and each chat that began with it.</summary>
    public int Holders { get; set; }

    /// <summary>The group that runs the jobs of a profile, then those it may fall back to; empty where none is configured.</summary>
    public IReadOnlyList<DeploymentGroup> ChainOf(string profile, bool mayFallBack) => config.GroupOf(profile) is { } group
        ? [groups[group.Name], .. (mayFallBack ? group.Fallbacks : []).Select(name => groups[name])]
        : [];

    /// <summary>The group that embeds for the jobs of a profile; null where none is configured.</summary>
    public DeploymentGroup? EmbeddersOf(string profile) => config.GroupOf(profile) is { } group ? embedders[group.Name] : null;

    public IReadOnlyList<ProviderReport> Reports() => [.. connections.Select(connection => Report(connection.Key, connection.Value.State.Report()))];

    Dictionary<string, DeploymentGroup> GroupsOf(Operation operation, ModelSet? before, Dictionary<string, DeploymentGroup>? known)
    {
        var all = config.Groups.Values.ToDictionary(
            group => group.Name,
            group => new DeploymentGroup(group.Name, [.. ModelsOf(group, operation).Select(deployment => DeploymentOf(operation, deployment, before)).Distinct()])
            {
                Budget = known?.GetValueOrDefault(group.Name)?.Budget ?? new(),
            });
        foreach (var group in all.Values)
        {
            group.Neighbours = [.. all.Values.Where(other => other.Deployments.Intersect(group.Deployments).Any())];
        }
        return all;
    }

    static IReadOnlyList<DeploymentConfig> ModelsOf(ModelGroup group, Operation operation) =>
        operation == Operation.Embedding && group.Embedders is { } embedders ? embedders : group.Deployments;

    IEnumerable<DeploymentGroup> GroupsOf(Deployment deployment) =>
        (deployment.Operation == Operation.Chat ? groups : embedders).Values.Where(group => group.Deployments.Contains(deployment));

    Deployment DeploymentOf(Operation operation, DeploymentConfig deployment, ModelSet? before)
    {
        var key = (operation, deployment.Provider.Name, deployment.Provider.Model);
        if (deployments.TryGetValue(key, out var here))
        {
            return here;
        }
        var connection = connections[deployment.Provider.Name];
        var known = before?.deployments.GetValueOrDefault(key) is { } there && there.Connection == connection ? there : null;
        return deployments[key] = known is not null && known.Config == deployment && known.Breaker.Left < TimeSpan.MaxValue
            ? known
            : new Deployment(operation, deployment, connection, known, rules, signal, time, Random.Shared);
    }

    ProviderReport Report(string provider, ProviderReport report)
    {
        var models = deployments.Values.Where(deployment => deployment.Provider.Name == provider && deployment.IsSeen)
            .Select(deployment => deployment.Report([.. GroupsOf(deployment).Select(group => group.Name)]))
            .ToList();
        // A provider is in use as long as one of its models is.
        string[] best = ["closed", "half_open", "open"];
        return report with
        {
            Deployments = models,
            Circuit = best.First(circuit => models.Any(model => model.Circuit == circuit)),
            TlsVerified = connections[provider].IsVerified ? null : false,
        };
    }
}
