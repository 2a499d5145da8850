using AiPlatform.LlmWorker.Configuration;
using AiPlatform.WorkerRuntime.Providers;
using Microsoft.Extensions.Options;

namespace AiPlatform.LlmWorker.Providers;

/// <summary>The models of the configuration, with the connections to their providers.</summary>
sealed class ModelDirectory : IDisposable
{
    readonly ModelConfig config;
    readonly Dictionary<string, ChatConnection> connections;

    public ModelDirectory(IOptions<LlmOptions> options)
    {
        var reading = ModelConfigFile.Read(options.Value);
        // The settings were checked at the start, and with them the file as it was then.
        config = reading.Config ?? throw new InvalidOperationException($"{options.Value.ConfigFile}: {string.Join(' ', reading.Errors)}");
        connections = config.Providers.ToDictionary(provider => provider.Name, provider => new ChatConnection(provider));
        AsSet = new ProviderSet(
            "model", "none", "LLM_CONFIG_FILE, LLM_BASE_URL, LMSTUDIO_BASE_URL, OLLAMA_BASE_URL or OPENCLAW_URL", [.. connections.Values]);
    }

    public IReadOnlyList<string> Profiles => [.. config.Profiles.Keys];

    public ProviderSet AsSet { get; }

    /// <summary>The model that runs the jobs of a profile; null where none is configured.</summary>
    public (Provider Provider, ChatConnection Connection)? For(string profile) =>
        config.GroupOf(profile) is { } group ? (group.Deployments[0].Provider, connections[group.Deployments[0].Provider.Name]) : null;

    public void Dispose()
    {
        foreach (var connection in connections.Values)
        {
            connection.Dispose();
        }
    }
}
