using AiPlatform.LlmWorker.Chat;
using AiPlatform.LlmWorker.Chat.Anthropic;
using AiPlatform.LlmWorker.Chat.OpenAi;
using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.LlmWorker.Providers;

/// <summary>The connection to one provider, in the protocol it speaks.</summary>
sealed class ChatConnection : ProviderConnection
{
    public ChatConnection(Provider provider)
        : base(provider, provider.Model, provider.Limits.Connect.Time) =>
        Dialect = provider.Kind == ProviderKind.Anthropic ? new AnthropicDialect(provider.BaseAddress, Http) : new OpenAiDialect(provider, Http);

    public IChatDialect Dialect { get; }
}
