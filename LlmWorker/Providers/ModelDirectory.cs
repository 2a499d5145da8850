using AiPlatform.Contracts;
using AiPlatform.LlmWorker.Admission;
using AiPlatform.LlmWorker.Configuration;
using AiPlatform.LlmWorker.Routing;
using AiPlatform.WorkerRuntime;
using AiPlatform.WorkerRuntime.Providers;
using Microsoft.Extensions.Options;

namespace AiPlatform.LlmWorker.Providers;

/// <summary>The models that jobs are sent to now. When the configuration changes, chats go on with the models they began with, whose connections are
/// closed after the last of them.</summary>
sealed class ModelDirectory : IDisposable
{
    readonly Lock gate = new();
    readonly AdmissionRules rules;
    readonly AdmissionSignal signal;
    readonly TimeProvider time;
    readonly Dictionary<ChatConnection, int> holders = [];
    ModelSet current;

    // Of the worker's one pump.
    bool isWatching;

    public ModelDirectory(IOptions<LlmOptions> options, AdmissionRules rules, AdmissionSignal signal, TimeProvider time)
    {
        (this.rules, this.signal, this.time) = (rules, signal, time);
        var reading = ModelConfigFile.Read(options.Value);
        // The settings were checked at the start, and with them the file as it was then.
        current = new ModelSet(
            reading.Config ?? throw new InvalidOperationException($"{options.Value.ConfigFile}: {string.Join(' ', reading.Errors)}"), null, rules, signal, time);
        Hold_NeedsLock(current);
        AsSet = new ProviderSet(
            "model", "none", "LLM_CONFIG_FILE, LLM_BASE_URL, LMSTUDIO_BASE_URL, OLLAMA_BASE_URL, ANTHROPIC_API_KEY or OPENCLAW_URL", () => Current.Connections);
    }

    public IReadOnlyList<string> Profiles => Current.Profiles;

    public ProviderSet AsSet { get; }

    public IReadOnlyList<Deployment> Deployments => Current.Deployments;

    /// <summary>What is wrong with the configuration file as it is now, so that an earlier one holds; null for nothing.</summary>
    public string? Problem { get; set; }

    ModelSet Current
    {
        get
        {
            lock (gate)
            {
                return current;
            }
        }
    }

    /// <summary>Takes hold of the models as they are now; to be disposed when the chat has ended.</summary>
    public Hold Enter()
    {
        lock (gate)
        {
            current.Holders++;
            return new Hold(this, current);
        }
    }

    /// <summary>Makes a new configuration hold for all chats that begin from now on.</summary>
    public void Load(ModelConfig config)
    {
        IReadOnlyList<ChatConnection> unused;
        lock (gate)
        {
            var before = current;
            current = new ModelSet(config, before, rules, signal, time);
            Hold_NeedsLock(current);
            unused = Release_NeedsLock(before);
        }
        Close(unused);
        // Other profiles, other limits.
        signal.Raise();
    }

    /// <summary>What may be started now, by profile; null where all may.</summary>
    public IReadOnlyList<Opening>? Openings()
    {
        if (!rules.IsOn)
        {
            return null;
        }
        var openings = NowOpen();
        var isBounded = openings.Any(opening => opening.Lowest != JobPriority.Low);
        if (isBounded == isWatching)
        {
            return openings;
        }
        isWatching = isBounded;
        if (!isBounded)
        {
            signal.Unwatch();
            return openings;
        }
        signal.Watch();
        return NowOpen();
    }

    List<Opening> NowOpen()
    {
        var models = Current;
        return [.. models.Profiles.Select(profile => Admission.Openings.Of(profile, models.ChainOf(profile, mayFallBack: true)))];
    }

    /// <summary>Takes a place in the group that would answer a job of the profile, so that it counts before its call has begun.</summary>
    public Place? Admit(string profile) =>
        rules.IsOn && Current.ChainOf(profile, mayFallBack: true) is { Count: > 0 } chain ? new Place(Admission.Openings.Answering(chain), signal) : null;

    public IReadOnlyList<ProviderReport> Reports() => Current.Reports() is { Count: > 0 } reports ? reports : AsSet.Reports();

    public void Dispose()
    {
        IReadOnlyList<ChatConnection> unused;
        lock (gate)
        {
            unused = Release_NeedsLock(current);
        }
        Close(unused);
    }

    void Hold_NeedsLock(ModelSet set)
    {
        set.Holders++;
        foreach (var connection in set.Connections)
        {
            holders[connection] = holders.GetValueOrDefault(connection) + 1;
        }
    }

    /// <returns>The connections that nobody uses any more.</returns>
    List<ChatConnection> Release_NeedsLock(ModelSet set)
    {
        if (--set.Holders > 0)
        {
            return [];
        }
        var unused = set.Connections.Where(connection => --holders[connection] == 0).ToList();
        unused.ForEach(connection => holders.Remove(connection));
        return unused;
    }

    void Leave(ModelSet set)
    {
        IReadOnlyList<ChatConnection> unused;
        lock (gate)
        {
            unused = Release_NeedsLock(set);
        }
        Close(unused);
    }

    static void Close(IReadOnlyList<ChatConnection> connections)
    {
        foreach (var connection in connections)
        {
            connection.Dispose();
        }
    }

    /// <summary>The models that one chat is sent to.</summary>
    public sealed class Hold(ModelDirectory directory, ModelSet models) : IDisposable
    {
        /// <inheritdoc cref="ModelSet.ChainOf"/>
        public IReadOnlyList<DeploymentGroup> ChainOf(string profile, bool mayFallBack) => models.ChainOf(profile, mayFallBack);

        /// <inheritdoc cref="ModelSet.EmbeddersOf"/>
        public DeploymentGroup? EmbeddersOf(string profile) => models.EmbeddersOf(profile);

        public bool Serves(string profile) => models.Profiles.Contains(profile);

        public void Dispose() => directory.Leave(models);
    }
}
