using AiPlatform.WorkerRuntime.Providers;
using Microsoft.Extensions.Options;

namespace AiPlatform.LlmWorker.Providers;

/// <summary>The provider that the settings name, if they name one.</summary>
sealed class ActiveProvider(IOptions<LlmOptions> options) : IDisposable
{
    /// <summary>Null where no provider is configured.</summary>
    public ChatConnection? Connection { get; } =
        ProviderChoice.Of(options.Value) is { } provider ? new ChatConnection(provider, options.Value.ConnectTimeout) : null;

    public ProviderSet AsSet =>
        new("model", "none", "LLM_BASE_URL, LMSTUDIO_BASE_URL, OLLAMA_BASE_URL or OPENCLAW_URL", Connection is null ? [] : [Connection]);

    public void Dispose() => Connection?.Dispose();
}
