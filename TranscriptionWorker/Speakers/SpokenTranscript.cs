using AiPlatform.Contracts;

namespace AiPlatform.TranscriptionWorker.Speakers;

/// <summary>A transcript with its speakers.</summary>
/// <param name="Segments">Of all tracks, in order of start, then of channel, with ids; speech that was only heard through from the other channel is dropped.</param>
/// <param name="Duration">Seconds in which all segments lie: the audio's, or longer where a channel began later.</param>
sealed record SpokenTranscript(
    IReadOnlyList<TranscriptSegment> Segments,
    IReadOnlyList<TranscriptSpeaker> Speakers,
    TranscriptDiarization Diarization,
    IReadOnlyList<string> Warnings,
    double Duration);
