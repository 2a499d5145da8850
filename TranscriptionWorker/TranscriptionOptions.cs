using System.ComponentModel.DataAnnotations;
using AiPlatform.TranscriptionWorker.Providers;

namespace AiPlatform.TranscriptionWorker;

/// <summary>Who transcribes. Addresses of servers are given with or without <c>/v1</c>.</summary>
public sealed class TranscriptionOptions
{
    internal const string DefaultVoxtralModel = "mistralai/Voxtral-Small-24B-2507";

    /// <summary>A server of Voxtral: vLLM, or Mistral's own API.</summary>
    /// <value>Default none.</value>
    [ConfigurationKeyName("VOXTRAL_BASE_URL")]
    public Uri? VoxtralBaseUrl { get; set; }

    /// <summary>What the server of <c>VOXTRAL_BASE_URL</c> is: <c>vllm</c>, <c>mistral</c>, or <c>auto</c>, which is Mistral at api.mistral.ai and else vLLM.</summary>
    /// <value>Default <c>auto</c>.</value>
    [ConfigurationKeyName("VOXTRAL_KIND")]
    public VoxtralKind VoxtralKind { get; set; }

    /// <summary>The model asked of the server of <c>VOXTRAL_BASE_URL</c>. Mistral, which has no model of the default's name, is asked for
    /// <c>voxtral-mini-latest</c> in its place.</summary>
    /// <value>Default <c>mistralai/Voxtral-Small-24B-2507</c>; at most 128 characters.</value>
    [ConfigurationKeyName("VOXTRAL_MODEL"), StringLength(128, MinimumLength = 1)]
    public string VoxtralModel { get; set; } = DefaultVoxtralModel;

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

    /// <summary>A server of WhisperX, or of Whisper with OpenAI's transcription route. Where it is set, the worker serves <c>whisperx</c> too.</summary>
    /// <value>Default none.</value>
    [ConfigurationKeyName("WHISPERX_URL")]
    public Uri? WhisperXUrl { get; set; }

    /// <summary>What the server of <c>WHISPERX_URL</c> is: <c>openai</c> for OpenAI's route with WhisperX's fields for speakers, <c>fastapi</c> for
    /// whisperX-FastAPI, <c>asr</c> for whisper-asr-webservice, or <c>auto</c>, which asks its <c>/openapi.json</c>.</summary>
    /// <value>Default <c>auto</c>.</value>
    [ConfigurationKeyName("WHISPERX_KIND")]
    public WhisperXKind WhisperXKind { get; set; }

    /// <summary>The model asked of the server of <c>WHISPERX_URL</c>.</summary>
    /// <value>Default none: the server's own choice; at most 128 characters.</value>
    [ConfigurationKeyName("WHISPERX_MODEL"), StringLength(128)]
    public string? WhisperXModel { get; set; }

    /// <summary>Key of the server of <c>WHISPERX_URL</c>.</summary>
    /// <value>Default none.</value>
    [ConfigurationKeyName("WHISPERX_API_KEY"), DataType(DataType.Password)]
    public string? WhisperXApiKey { get; set; }

    /// <summary>For jobs that bring no <c>prompt</c> of their own. To Voxtral on vLLM it is an instruction, and the recording is then sent to the chat,
    /// as transcription makes no use of it; to Whisper it is names and words. Where it has no effect the result says so.</summary>
    /// <value>Default none; at most 4000 characters.</value>
    [ConfigurationKeyName("AUDIO_LLM_PROMPT"), StringLength(4000)]
    public string? Prompt { get; set; }

    /// <summary>The longest one call to a server may take, from the request to the last byte of its answer. It is given three times the length of its
    /// audio, and a minute at the least, where that is less. A job's deadline may end it earlier.</summary>
    /// <value>Default 10 min; 1 s to 24 h.</value>
    [ConfigurationKeyName("TRANSCRIPTION_TIMEOUT"), Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>The longest a transcription server may fall silent in the middle of an answer.</summary>
    /// <value>Default 30 s; 100 ms to 10 min.</value>
    [ConfigurationKeyName("TRANSCRIPTION_IDLE_TIMEOUT"), Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether jobs of <c>default</c> and <c>voxtral-small</c> go to WhisperX where Voxtral fails.</summary>
    /// <value>Default true.</value>
    [ConfigurationKeyName("TRANSCRIPTION_FALLBACK")]
    public bool Fallback { get; set; } = true;

    /// <summary>The longest a transcription server may take to accept a connection.</summary>
    /// <value>Default 5 s; 100 ms to 5 min.</value>
    [ConfigurationKeyName("TRANSCRIPTION_CONNECT_TIMEOUT"), Range(typeof(TimeSpan), "00:00:00.1", "00:05:00")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);
}
