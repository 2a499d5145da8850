using Microsoft.Extensions.Options;

namespace AiPlatform.LlmWorker.Providers;

/// <summary>The provider that the settings name, if they name one.</summary>
sealed class ActiveProvider : IDisposable
{
    public ActiveProvider(IOptions<LlmOptions> options)
    {
        var provider = ProviderChoice.Of(options.Value);
        State = new ProviderState(provider);
        Connection = provider is null ? null : new ProviderConnection(provider, options);
    }

    public ProviderState State { get; }

    /// <summary>Null where no provider is configured.</summary>
    public ProviderConnection? Connection { get; }

    public void Dispose() => Connection?.Dispose();
}
