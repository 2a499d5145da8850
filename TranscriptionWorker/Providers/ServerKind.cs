namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>The protocols of servers that transcribe.</summary>
enum ServerKind
{
    /// <summary>Voxtral on vLLM: text alone, streamed.</summary>
    Vllm,

    /// <summary>Mistral's own API: segments with speakers.</summary>
    Mistral,

    /// <summary>OpenAI's <c>verbose_json</c>.</summary>
    OpenAi,

    /// <summary>The same with WhisperX's fields for speakers.</summary>
    WhisperX,

    /// <summary>whisperX-FastAPI: tasks that are asked for again.</summary>
    WhisperXTasks,

    /// <summary>whisper-asr-webservice.</summary>
    WhisperAsr,
}
