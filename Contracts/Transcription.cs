using System.Text.Json;

namespace AiPlatform.Contracts;

/// <summary>Result of a transcription job.</summary>
public sealed record TranscriptionResult
{
    public required string Text { get; init; }

    /// <summary>In order of time; at least one where there is any text.</summary>
    public required IReadOnlyList<TranscriptSegment> Segments { get; init; }

    /// <summary>True where the server gave no times: the segments are then sentences, spread over the audio in proportion to their length, and off
    /// by a second or more.</summary>
    public required bool ApproximateTimes { get; init; }

    /// <summary>Seconds of audio.</summary>
    public required double Duration { get; init; }

    /// <summary>The language asked for, or the one the model named; null where neither said.</summary>
    public string? Language { get; init; }

    /// <summary>The server's own usage object; null where it gave none.</summary>
    public JsonElement? Usage { get; init; }

    public required string Model { get; init; }
    public required string Provider { get; init; }

    /// <summary>Milliseconds from the request to the model server to its last byte.</summary>
    public required long DurationMs { get; init; }

    /// <summary>What was asked for and could not be done, for people; empty where all was.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}

/// <param name="Start">Seconds from the start of the audio.</param>
/// <param name="End">Seconds from the start of the audio.</param>
/// <param name="Speaker">Such as <c>SPEAKER_00</c>.</param>
public sealed record TranscriptSegment(double Start, double End, string Text, string Speaker);
