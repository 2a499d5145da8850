namespace AiPlatform.ModelSimulator.Personalities;

/// <summary>The model servers that this one can stand in for.</summary>
enum ServerKind
{
    Vllm,
    Ollama,
    LmStudio,
    OpenAi,
    Anthropic,

    /// <summary>Mistral's own API.</summary>
    Mistral,

    /// <summary>WhisperX behind OpenAI's transcription route.</summary>
    WhisperX,

    /// <summary>whisperX-FastAPI: tasks that are asked for again.</summary>
    WhisperXTasks,

    /// <summary>whisper-asr-webservice.</summary>
    WhisperAsr
}
