using System.Collections.Frozen;

namespace AiPlatform.LlmWorker.Providers;

/// <summary>What the kinds of provider are called, and where they are found unless it is said.</summary>
static class ProviderKinds
{
    static readonly FrozenDictionary<string, ProviderKind> Words = new Dictionary<string, ProviderKind>
    {
        ["openai-compatible"] = ProviderKind.OpenAiCompatible,
        ["vllm"] = ProviderKind.Vllm,
        ["lmstudio"] = ProviderKind.LmStudio,
        ["ollama"] = ProviderKind.Ollama,
        ["openai"] = ProviderKind.OpenAi,
        ["openclaw"] = ProviderKind.OpenClaw,
        ["anthropic"] = ProviderKind.Anthropic,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>For messages.</summary>
    public static string All => string.Join(", ", Words.Keys.Order(StringComparer.Ordinal));

    public static ProviderKind? Parse(string word) => Words.TryGetValue(word, out var kind) ? kind : null;

    /// <returns>Null where the address must be given.</returns>
    public static Uri? UsualAddress(ProviderKind kind) => kind switch
    {
        ProviderKind.LmStudio => new Uri("http://localhost:1234"),
        ProviderKind.Ollama => new Uri("http://localhost:11434"),
        ProviderKind.OpenAi => new Uri("https://api.openai.com"),
        ProviderKind.Anthropic => new Uri("https://api.anthropic.com"),
        _ => null,
    };
}
