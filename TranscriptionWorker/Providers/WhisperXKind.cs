using System.Text.Json.Serialization;

namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>What <c>WHISPERX_URL</c> leads to.</summary>
public enum WhisperXKind
{
    /// <summary>Found out from the server's <c>/openapi.json</c>.</summary>
    Auto,

    /// <summary>OpenAI's transcription route, asked for speakers too.</summary>
    [JsonStringEnumMemberName("openai")]
    OpenAi,

    /// <summary>whisperX-FastAPI.</summary>
    [JsonStringEnumMemberName("fastapi")]
    FastApi,

    /// <summary>whisper-asr-webservice.</summary>
    Asr,
}
