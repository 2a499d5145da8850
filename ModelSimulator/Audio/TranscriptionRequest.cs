namespace AiPlatform.ModelSimulator.Audio;

/// <summary>What a transcription request asks for, read and checked.</summary>
sealed record TranscriptionRequest(
    string ModelName,
    ServedModel Model,
    string? FaultInName,
    WavAudio Audio,
    string Text,
    int MaxTokens,
    bool Stream,
    bool IncludeUsage,
    bool ContinuousUsage);
