using System.Net.Http.Headers;
using AiPlatform.LlmWorker.Chat.Anthropic;
using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.LlmWorker.Providers;

/// <summary>A server that answers chats, and the model asked of it.</summary>
/// <param name="Name">That of the configuration file; else <c>lmstudio</c>, <c>ollama</c>, <c>openclaw</c>, <c>openai</c>, <c>anthropic</c>, or <c>openai-compatible</c>
/// for one given only by its address.</param>
/// <param name="Model">The model requests go to.</param>
sealed record Provider(string Name, Uri BaseAddress, string AddressSetting, string? ApiKey, string KeySetting, string Model)
    : ModelProvider(Name, BaseAddress, AddressSetting, ApiKey, KeySetting)
{
    public const int UsualMaxTokens = 4096;

    public ProviderKind Kind { get; init; }

    public required ChatLimits Limits { get; init; }

    public ProviderTls Tls { get; init; } = ProviderTls.Usual;

    /// <summary>The longest answer where the job does not say and the protocol insists on it: Anthropic's.</summary>
    public int MaxTokens { get; init; } = UsualMaxTokens;

    /// <summary>Whether it can be given the beginning of an answer to go on with, as vLLM can.</summary>
    public bool Continues { get; init; }

    public override void Authorize(HttpRequestHeaders headers, string key)
    {
        if (Kind == ProviderKind.Anthropic)
        {
            headers.Add("x-api-key", key);
            // Its list of models insists on it too.
            headers.Add("anthropic-version", AnthropicDialect.Version);
        }
        else
        {
            base.Authorize(headers, key);
        }
    }
}
