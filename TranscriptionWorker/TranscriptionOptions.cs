using System.ComponentModel.DataAnnotations;
using AiPlatform.ServiceDefaults.Egress;

namespace AiPlatform.TranscriptionWorker;

/// <summary>Where audio may come from and who transcribes it. Addresses of servers are given with or without <c>/v1</c>.</summary>
public sealed class TranscriptionOptions : IValidatableObject
{
    /// <summary>A server of Voxtral with OpenAI's transcription route, such as vLLM.</summary>
    /// <value>Default none.</value>
    [ConfigurationKeyName("VOXTRAL_BASE_URL")]
    public Uri? VoxtralBaseUrl { get; set; }

    /// <summary>The model asked of the server of <c>VOXTRAL_BASE_URL</c>.</summary>
    /// <value>Default <c>mistralai/Voxtral-Small-24B-2507</c>; at most 128 characters.</value>
    [ConfigurationKeyName("VOXTRAL_MODEL"), StringLength(128, MinimumLength = 1)]
    public string VoxtralModel { get; set; } = "mistralai/Voxtral-Small-24B-2507";

    /// <summary>Key of the server of <c>VOXTRAL_BASE_URL</c>.</summary>
    /// <value>Default that of <c>AUDIO_LLM_API_KEY</c>, else that of <c>LLM_API_KEY</c>.</value>
    [ConfigurationKeyName("VOXTRAL_API_KEY"), DataType(DataType.Password)]
    public string? VoxtralApiKey { get; set; }

    /// <summary>Key of the server of <c>VOXTRAL_BASE_URL</c> where <c>VOXTRAL_API_KEY</c> is not set.</summary>
    /// <value>Default none.</value>
    [ConfigurationKeyName("AUDIO_LLM_API_KEY"), DataType(DataType.Password)]
    public string? AudioLlmApiKey { get; set; }

    /// <summary>Key of the server of <c>VOXTRAL_BASE_URL</c> where neither of the other two is set.</summary>
    /// <value>Default none.</value>
    [ConfigurationKeyName("LLM_API_KEY"), DataType(DataType.Password)]
    public string? LlmApiKey { get; set; }

    /// <summary>A server of WhisperX or Whisper with OpenAI's transcription route. Where it is set, the worker serves <c>whisperx</c> too.</summary>
    /// <value>Default none.</value>
    [ConfigurationKeyName("WHISPERX_URL")]
    public Uri? WhisperXUrl { get; set; }

    /// <summary>The model asked of the server of <c>WHISPERX_URL</c>.</summary>
    /// <value>Default none: the server's own choice; at most 128 characters.</value>
    [ConfigurationKeyName("WHISPERX_MODEL"), StringLength(128)]
    public string? WhisperXModel { get; set; }

    /// <summary>Key of the server of <c>WHISPERX_URL</c>.</summary>
    /// <value>Default none.</value>
    [ConfigurationKeyName("WHISPERX_API_KEY"), DataType(DataType.Password)]
    public string? WhisperXApiKey { get; set; }

    /// <summary>Names and words that help the model, for jobs that bring no <c>prompt</c> of their own. Whisper heeds it; Voxtral does not, and the
    /// result then says so.</summary>
    /// <value>Default none; at most 4000 characters.</value>
    [ConfigurationKeyName("AUDIO_LLM_PROMPT"), StringLength(4000)]
    public string? Prompt { get; set; }

    /// <summary>The longest a transcription may take, from the request to the last byte of its answer. A job's deadline may end it earlier.</summary>
    /// <value>Default 10 min; 1 s to 24 h.</value>
    [ConfigurationKeyName("TRANSCRIPTION_TIMEOUT"), Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>The longest a transcription server may take to accept a connection.</summary>
    /// <value>Default 5 s; 100 ms to 5 min.</value>
    [ConfigurationKeyName("TRANSCRIPTION_CONNECT_TIMEOUT"), Range(typeof(TimeSpan), "00:00:00.1", "00:05:00")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Hosts of <c>audio_url</c> that may have a private address or a port other than 80 and 443: <c>name</c>, <c>*.domain</c> or an
    /// address, each with <c>:port</c> if it is not the usual one, or with <c>:*</c>. All other hosts must be public.</summary>
    /// <value>Default none; comma-separated.</value>
    [ConfigurationKeyName("AUDIO_URL_ALLOWED_HOSTS")]
    public IReadOnlyList<string> AllowedHosts { get; set; } = [];

    /// <summary>The largest audio accepted. Each job in hand may hold as much memory. vLLM itself takes 25 MiB unless told otherwise.</summary>
    /// <value>Default 25 MiB; 1 to 500.</value>
    [ConfigurationKeyName("AUDIO_MAX_MB"), Range(1, 500)]
    public int MaxMegabytes { get; set; } = 25;

    /// <summary>The longest fetching an <c>audio_url</c> may take.</summary>
    /// <value>Default 5 min; 1 s to 1 h.</value>
    [ConfigurationKeyName("AUDIO_FETCH_TIMEOUT"), Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan FetchTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>The longest an <c>audio_url</c> may stay silent: while connecting, before its answer, and in the middle of it.</summary>
    /// <value>Default 15 s; 100 ms to 10 min.</value>
    [ConfigurationKeyName("AUDIO_FETCH_IDLE_TIMEOUT"), Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan FetchIdleTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (AllowedHosts.FirstOrDefault(entry => !AllowedHost.TryParse(entry, out _)) is { } unreadable)
        {
            yield return new ValidationResult(
                $"'{unreadable}' is not a host; name, *.domain or an address is expected, each with or without :port.", [nameof(AllowedHosts)]);
        }
        if (FetchIdleTimeout > FetchTimeout)
        {
            yield return new ValidationResult(
                "the time of silence is part of AUDIO_FETCH_TIMEOUT and cannot be longer.", [nameof(FetchIdleTimeout), nameof(FetchTimeout)]);
        }
    }
}
