namespace AiPlatform.ModelSimulator.Personalities;

/// <summary>The model servers that this one can stand in for.</summary>
enum ServerKind
{
    Vllm,
    Ollama,
    LmStudio,
    OpenAi,
    Anthropic
}
