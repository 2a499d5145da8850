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

/// <summary>A piece of one speaker's speech, a sentence as a rule.</summary>
/// <param name="Start">Seconds from the start of the audio.</param>
/// <param name="End">Seconds from the start of the audio; after <paramref name="Start"/>.</param>
/// <param name="Text">Never empty, but for a gap.</param>
/// <param name="Speaker">Such as <c>SPEAKER_00</c>; null where speakers were not asked for.</param>
public sealed record TranscriptSegment(double Start, double End, string Text, string? Speaker)
{
    /// <summary>From 0 on, in the order of the segments.</summary>
    public int Id { get; init; }

    /// <summary>Of the audio, from 0 on; null where the channels were transcribed as one.</summary>
    public int? Channel { get; init; }

    /// <summary>The provider's own, 0 to 1; null where it gave none.</summary>
    public double? Confidence { get; init; }

    /// <summary>Where the times are from; see <see cref="SegmentTiming"/>.</summary>
    public string Timing { get; init; } = SegmentTiming.Proportional;

    /// <summary>Where the speaker is from; see <see cref="SpeakerSources"/>.</summary>
    public string SpeakerSource { get; init; } = SpeakerSources.None;

    /// <summary>True of audio that could not be transcribed: its text is empty.</summary>
    public bool Gap { get; init; }
}

/// <summary>Where a segment's times are from.</summary>
public static class SegmentTiming
{
    /// <summary>The provider gave them.</summary>
    public const string Provider = "provider";

    /// <summary>The text was spread over the speech of its chunk; off by half a second as a rule.</summary>
    public const string Vad = "vad";

    /// <summary>The text was spread over the whole of its chunk, as no speech was found in it.</summary>
    public const string Proportional = "proportional";
}

/// <summary>Where a segment's speaker is from.</summary>
public static class SpeakerSources
{
    /// <summary>Each channel is a speaker: exact.</summary>
    public const string Channel = "channel";

    /// <summary>The provider told the voices apart.</summary>
    public const string Provider = "provider";

    /// <summary>A guess from pauses, questions and the sound of the voices.</summary>
    public const string Heuristic = "heuristic";

    /// <summary>Nobody told them apart: all is one speaker's.</summary>
    public const string None = "none";
}
