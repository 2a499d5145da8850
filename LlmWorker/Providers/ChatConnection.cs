using AiPlatform.LlmWorker.Chat;
using AiPlatform.LlmWorker.Chat.Anthropic;
using AiPlatform.LlmWorker.Chat.OpenAi;
using AiPlatform.LlmWorker.Embeddings;
using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.LlmWorker.Providers;

/// <summary>The connection to one provider, in the protocol it speaks.</summary>
sealed class ChatConnection : ProviderConnection
{
    readonly Provider provider;

    public ChatConnection(Provider provider)
        : base(provider, provider.Model, provider.Limits.Connect.Time, provider.Tls.ToOptions())
    {
        this.provider = provider;
        Embeddings = provider.Kind == ProviderKind.Anthropic ? null : new OpenAiEmbeddings(provider, Http);
        Dialect = provider.Kind == ProviderKind.Anthropic ? new AnthropicDialect(provider.BaseAddress, Http) : new OpenAiDialect(provider, Http);
    }

    public IChatDialect Dialect { get; }

    /// <summary>Null where the protocol has none.</summary>
    public OpenAiEmbeddings? Embeddings { get; }

    /// <summary>False where whoever answers is believed.</summary>
    public bool IsVerified => provider.Tls.Verify;

    /// <summary>Whether it would be the same to this provider.</summary>
    public bool IsTo(Provider other) => provider == other;
}
