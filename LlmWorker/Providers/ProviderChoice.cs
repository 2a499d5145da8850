using System.Text.RegularExpressions;

namespace AiPlatform.LlmWorker.Providers;

/// <summary>Which provider the settings mean.</summary>
static partial class ProviderChoice
{
    static readonly Uri LocalLmStudio = new("http://localhost:1234");
    static readonly Uri LocalOllama = new("http://localhost:11434");

    /// <returns>Null where no provider is configured.</returns>
    public static Provider? Of(LlmOptions options) => options switch
    {
        { BaseUrl: { } address } => new Provider(NameOf(address), BaseOf(address), "LLM_BASE_URL", options.ApiKey, "LLM_API_KEY", options.Model),
        { Provider: ProviderKind.LmStudio } => LmStudio(options, options.LmStudioBaseUrl ?? LocalLmStudio),
        { Provider: ProviderKind.Ollama } => Ollama(options, options.OllamaBaseUrl ?? LocalOllama),
        { LmStudioBaseUrl: { } address } => LmStudio(options, address),
        { OllamaBaseUrl: { } address } => Ollama(options, address),
        { OpenClawUrl: { } address } => new Provider("openclaw", BaseOf(address), "OPENCLAW_URL", options.ApiKey, "LLM_API_KEY", options.Model),
        _ => null,
    };

    /// <summary>Adds <c>/v1</c> where the path does not name a version itself.</summary>
    public static Uri BaseOf(Uri address)
    {
        var path = address.AbsolutePath.TrimEnd('/');
        var versioned = Version.IsMatch(path) ? path : path + "/v1";
        return new UriBuilder(address) { Path = versioned, Query = "", Fragment = "", UserName = "", Password = "" }.Uri;
    }

    static Provider LmStudio(LlmOptions options, Uri address) =>
        new("lmstudio", BaseOf(address), "LMSTUDIO_BASE_URL", options.LmStudioApiKey, "LMSTUDIO_API_KEY", options.LmStudioModel ?? options.Model);

    static Provider Ollama(LlmOptions options, Uri address) =>
        new("ollama", BaseOf(address), "OLLAMA_BASE_URL", options.OllamaApiKey, "OLLAMA_API_KEY", options.OllamaModel ?? options.Model);

    static string NameOf(Uri address) => address.Host == "api.openai.com" ? "openai" : "openai-compatible";

    // "/v1", "/openai/v1", "/v1beta/openai": a version may stand before a gateway's own path.
    [GeneratedRegex("/v[0-9]+[a-z0-9]*(/|$)")]
    static partial Regex Version { get; }
}
