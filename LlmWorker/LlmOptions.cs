using System.ComponentModel.DataAnnotations;
using AiPlatform.LlmWorker.Configuration;
using AiPlatform.LlmWorker.Providers;

namespace AiPlatform.LlmWorker;

/// <summary>Where chat jobs are answered. Addresses are those of OpenAI-compatible servers, with or without <c>/v1</c>.</summary>
public sealed class LlmOptions : IValidatableObject
{
    /// <summary>A JSON file with providers, groups of models, and profiles: <c>docs/models.md</c>. The other settings of providers then override what it
    /// says of a provider of that name.</summary>
    /// <value>Default none: the provider that the other settings name.</value>
    [ConfigurationKeyName("LLM_CONFIG_FILE"), StringLength(4096)]
    public string? ConfigFile { get; set; }

    /// <summary>How often <c>LLM_CONFIG_FILE</c> is looked at; a changed one holds for all chats that begin after that.</summary>
    /// <value>Default 5 s; 100 ms to 1 h.</value>
    [ConfigurationKeyName("LLM_CONFIG_RELOAD"), Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan ConfigReload { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>An OpenAI-compatible server such as vLLM. Where it is set, it is used whatever else is set.</summary>
    /// <value>Default none.</value>
    [ConfigurationKeyName("LLM_BASE_URL")]
    public Uri? BaseUrl { get; set; }

    /// <summary>Key of the server of <c>LLM_BASE_URL</c> or <c>OPENCLAW_URL</c>.</summary>
    /// <value>Default none.</value>
    [ConfigurationKeyName("LLM_API_KEY"), DataType(DataType.Password)]
    public string? ApiKey { get; set; }

    /// <summary>The model asked for where a provider has no setting of its own; without <c>LLM_CONFIG_FILE</c> also a profile that the worker serves.</summary>
    /// <value>Default <c>qwen2.5-14b</c>; at most 128 characters.</value>
    [ConfigurationKeyName("LLM_MODEL"), StringLength(128, MinimumLength = 1)]
    public string Model { get; set; } = "qwen2.5-14b";

    /// <summary>The model that embeds for the profiles of the provider that the other settings name, or that jobs of no profile have where
    /// <c>LLM_CONFIG_FILE</c> gives them no group: most servers have one for chats and another for this.</summary>
    /// <value>Default none: the one that chats; at most 128 characters.</value>
    [ConfigurationKeyName("EMBEDDING_MODEL"), StringLength(128)]
    public string? EmbeddingModel { get; set; }

    /// <summary>Which provider to use, for jobs that name no profile, where <c>LLM_BASE_URL</c> is not set.</summary>
    /// <value>Default: what <c>LLM_CONFIG_FILE</c> says; without one the first of LM Studio, Ollama and OpenClaw that has an address, else
    /// Anthropic where there is its key. <c>lmstudio</c>, <c>ollama</c> or <c>anthropic</c>, or the name of a provider of <c>LLM_CONFIG_FILE</c>.</value>
    [ConfigurationKeyName("AI_PROVIDER"), StringLength(64)]
    public string? Provider { get; set; }

    /// <summary>LM Studio's server.</summary>
    /// <value>Default none; <c>http://localhost:1234</c> where <c>AI_PROVIDER</c> is <c>lmstudio</c>.</value>
    [ConfigurationKeyName("LMSTUDIO_BASE_URL")]
    public Uri? LmStudioBaseUrl { get; set; }

    /// <summary>Key of LM Studio's server.</summary>
    /// <value>Default none.</value>
    [ConfigurationKeyName("LMSTUDIO_API_KEY"), DataType(DataType.Password)]
    public string? LmStudioApiKey { get; set; }

    /// <summary>The model asked of LM Studio.</summary>
    /// <value>Default that of <c>LLM_MODEL</c>; at most 128 characters.</value>
    [ConfigurationKeyName("LMSTUDIO_MODEL"), StringLength(128)]
    public string? LmStudioModel { get; set; }

    /// <summary>Ollama's server.</summary>
    /// <value>Default none; <c>http://localhost:11434</c> where <c>AI_PROVIDER</c> is <c>ollama</c>.</value>
    [ConfigurationKeyName("OLLAMA_BASE_URL")]
    public Uri? OllamaBaseUrl { get; set; }

    /// <summary>Key of Ollama's server, or of a proxy before it.</summary>
    /// <value>Default none.</value>
    [ConfigurationKeyName("OLLAMA_API_KEY"), DataType(DataType.Password)]
    public string? OllamaApiKey { get; set; }

    /// <summary>The model asked of Ollama.</summary>
    /// <value>Default that of <c>LLM_MODEL</c>; at most 128 characters.</value>
    [ConfigurationKeyName("OLLAMA_MODEL"), StringLength(128)]
    public string? OllamaModel { get; set; }

    /// <summary>An OpenClaw gateway.</summary>
    /// <value>Default none.</value>
    [ConfigurationKeyName("OPENCLAW_URL")]
    public Uri? OpenClawUrl { get; set; }

    /// <summary>Key of Anthropic's API.</summary>
    /// <value>Default none.</value>
    [ConfigurationKeyName("ANTHROPIC_API_KEY"), DataType(DataType.Password)]
    public string? AnthropicApiKey { get; set; }

    /// <summary>The model asked of Anthropic's API.</summary>
    /// <value>Default <c>claude-sonnet-4-5</c>; at most 128 characters.</value>
    [ConfigurationKeyName("ANTHROPIC_MODEL"), StringLength(128, MinimumLength = 1)]
    public string AnthropicModel { get; set; } = "claude-sonnet-4-5";

    /// <summary>The longest an answer may take, from the request to its last byte. A job's deadline may end it earlier.</summary>
    /// <value>Default 5 min; 1 s to 24 h.</value>
    [ConfigurationKeyName("LLM_TIMEOUT"), Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>The longest a server may take to accept a connection.</summary>
    /// <value>Default 5 s; 100 ms to 5 min.</value>
    [ConfigurationKeyName("LLM_CONNECT_TIMEOUT"), Range(typeof(TimeSpan), "00:00:00.1", "00:05:00")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest a server may take to the first token. It covers the server's own queue and, with Ollama and LM Studio, loading the
    /// model, which can take minutes.</summary>
    /// <value>Default 1 min; 100 ms to 1 h.</value>
    [ConfigurationKeyName("LLM_FIRST_TOKEN_TIMEOUT"), Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan FirstTokenTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The longest a server may stay silent between two tokens.</summary>
    /// <value>Default 30 s; 100 ms to 1 h.</value>
    [ConfigurationKeyName("LLM_IDLE_TIMEOUT"), Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether jobs wait in the queue, where priority counts, until their model server can begin them. Otherwise each is sent as soon as a slot is
    /// free, and waits in the server's own line.</summary>
    /// <value>Default true.</value>
    [ConfigurationKeyName("LLM_ADMISSION")]
    public bool Admission { get; set; } = true;

    /// <summary>Per cent of the calls that a deployment may have at a time (or of the slots, if those are fewer) which <c>low</c> jobs leave to others, rounded up; one of them is also left by
    /// <c>normal</c> jobs where there are eight calls or more. One call always may be.</summary>
    /// <value>Default 20; 0 to 90.</value>
    [ConfigurationKeyName("LLM_RESERVED_SHARE"), Range(0, 90)]
    public int ReservedShare { get; set; } = 20;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (ConfigFile is null && Provider is not null && !ProviderChoice.IsKnown(Provider))
        {
            yield return new ValidationResult(
                $"one of {ProviderChoice.Known} is expected, or LLM_CONFIG_FILE with a provider of that name.", [nameof(Provider)]);
        }
        if (ProviderChoice.Of(this) is { Kind: ProviderKind.Anthropic, ApiKey: null } && ConfigFile is null)
        {
            yield return new ValidationResult("Anthropic's API needs a key.", [nameof(Provider), nameof(AnthropicApiKey)]);
        }
        if (FirstTokenTimeout > Timeout)
        {
            yield return new ValidationResult(
                "the time to the first token is part of LLM_TIMEOUT and cannot be longer.", [nameof(FirstTokenTimeout), nameof(Timeout)]);
        }
        foreach (var error in ConfigFile is null ? [] : ModelConfigFile.Read(this).Errors)
        {
            yield return new ValidationResult(error, [nameof(ConfigFile)]);
        }
    }
}
