using System.Text.Json.Serialization;

namespace AiPlatform.LlmWorker.Providers;

/// <summary>Values of <c>AI_PROVIDER</c>.</summary>
public enum ProviderKind
{
    [JsonStringEnumMemberName("lmstudio")]
    LmStudio,

    Ollama,

    /// <summary>Known, so that the refusal can say more than "unknown".</summary>
    Anthropic,
}
