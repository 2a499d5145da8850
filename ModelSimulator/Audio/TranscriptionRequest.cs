using AiPlatform.ModelSimulator.Personalities;

namespace AiPlatform.ModelSimulator.Audio;

/// <summary>What a transcription request asks for, read and checked.</summary>
/// <param name="WithTimes">The answer tells segments.</param>
/// <param name="WithSpeakers">And who spoke them.</param>
sealed record TranscriptionRequest(
    ServerKind Kind,
    string ModelName,
    ServedModel Model,
    string? FaultInName,
    WavAudio Audio,
    Heard Heard,
    string Language,
    string ResponseFormat,
    bool WithTimes,
    bool WithSpeakers,
    int MaxTokens,
    bool Stream,
    bool IncludeUsage,
    bool ContinuousUsage);
