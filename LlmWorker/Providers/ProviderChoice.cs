using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.LlmWorker.Providers;

/// <summary>Which provider the settings mean.</summary>
static class ProviderChoice
{
    static readonly Uri LocalLmStudio = new("http://localhost:1234");
    static readonly Uri LocalOllama = new("http://localhost:11434");

    /// <returns>Null where no provider is configured.</returns>
    public static Provider? Of(LlmOptions options) => options switch
    {
        { BaseUrl: { } address } => new Provider(NameOf(address), ProviderAddress.Versioned(address), "LLM_BASE_URL", options.ApiKey, "LLM_API_KEY", options.Model),
        { Provider: ProviderKind.LmStudio } => LmStudio(options, options.LmStudioBaseUrl ?? LocalLmStudio),
        { Provider: ProviderKind.Ollama } => Ollama(options, options.OllamaBaseUrl ?? LocalOllama),
        { LmStudioBaseUrl: { } address } => LmStudio(options, address),
        { OllamaBaseUrl: { } address } => Ollama(options, address),
        { OpenClawUrl: { } address } => new Provider("openclaw", ProviderAddress.Versioned(address), "OPENCLAW_URL", options.ApiKey, "LLM_API_KEY", options.Model),
        _ => null,
    };

    static Provider LmStudio(LlmOptions options, Uri address) =>
        new("lmstudio", ProviderAddress.Versioned(address), "LMSTUDIO_BASE_URL", options.LmStudioApiKey, "LMSTUDIO_API_KEY", options.LmStudioModel ?? options.Model);

    static Provider Ollama(LlmOptions options, Uri address) =>
        new("ollama", ProviderAddress.Versioned(address), "OLLAMA_BASE_URL", options.OllamaApiKey, "OLLAMA_API_KEY", options.OllamaModel ?? options.Model);

    static string NameOf(Uri address) => address.Host == "api.openai.com" ? "openai" : "openai-compatible";
}
