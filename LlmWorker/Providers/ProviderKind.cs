namespace AiPlatform.LlmWorker.Providers;

/// <summary>Which server a provider is. All but Anthropic speak OpenAI's protocol.</summary>
enum ProviderKind
{
    OpenAiCompatible,
    Vllm,
    LmStudio,
    Ollama,
    OpenAi,
    OpenClaw,
    Anthropic,
}
