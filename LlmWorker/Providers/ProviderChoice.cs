using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.LlmWorker.Providers;

/// <summary>Which provider the environment means.</summary>
static class ProviderChoice
{
    /// <summary>Values of <c>AI_PROVIDER</c> without a configuration file, for messages.</summary>
    public const string Known = "lmstudio, ollama, anthropic";

    public static bool IsKnown(string word) => Is(word, "lmstudio") || Is(word, "ollama") || Is(word, "anthropic");

    /// <summary>What a server is called of which only the address is given.</summary>
    public static string NameOf(Uri address) => address.Host == "api.openai.com" ? "openai" : "openai-compatible";

    /// <returns>Null where no provider is configured.</returns>
    public static Provider? Of(LlmOptions options) => options switch
    {
        { BaseUrl: { } address } => Make(options, NameOf(address), address, "LLM_BASE_URL", options.ApiKey, "LLM_API_KEY", options.Model),
        { Provider: { } word } when Is(word, "lmstudio") => LmStudio(options),
        { Provider: { } word } when Is(word, "ollama") => Ollama(options),
        { Provider: { } word } when Is(word, "anthropic") => Anthropic(options),
        { LmStudioBaseUrl: not null } => LmStudio(options),
        { OllamaBaseUrl: not null } => Ollama(options),
        { OpenClawUrl: { } address } => Make(options, "openclaw", address, "OPENCLAW_URL", options.ApiKey, "LLM_API_KEY", options.Model),
        { AnthropicApiKey: not null } => Anthropic(options),
        _ => null,
    };

    static Provider LmStudio(LlmOptions options) => Make(
        options, "lmstudio", options.LmStudioBaseUrl, "LMSTUDIO_BASE_URL", options.LmStudioApiKey, "LMSTUDIO_API_KEY", options.LmStudioModel);

    static Provider Ollama(LlmOptions options) => Make(
        options, "ollama", options.OllamaBaseUrl, "OLLAMA_BASE_URL", options.OllamaApiKey, "OLLAMA_API_KEY", options.OllamaModel);

    static Provider Anthropic(LlmOptions options) => Make(
        options, "anthropic", null, "the configuration", options.AnthropicApiKey, "ANTHROPIC_API_KEY", options.AnthropicModel);

    static Provider Make(
        LlmOptions options, string name, Uri? address, string addressSetting, string? key, string keySetting, string? model)
    {
        var kind = ProviderKinds.Parse(name)!.Value;
        return new Provider(
            name, ProviderAddress.Versioned((address ?? ProviderKinds.UsualAddress(kind))!), addressSetting, key, keySetting, model ?? options.Model)
        {
            Kind = kind,
            Limits = ChatLimits.Of(options),
        };
    }

    static bool Is(string word, string name) => word.Equals(name, StringComparison.OrdinalIgnoreCase);
}
