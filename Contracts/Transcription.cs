using System.Text.Json.Serialization;

namespace AiPlatform.Contracts;

/// <summary>Result of a transcription job. External workers may say less: with <c>init</c>, what they leave out would be null to generated code, and not
/// the default that stands here.</summary>
public sealed record TranscriptionResult
{
    public required string Text { get; init; }

    /// <summary>In order of time; one speaker's do not overlap, those of several may.</summary>
    public required IReadOnlyList<TranscriptSegment> Segments { get; init; }

    /// <summary>Who speaks, by their ids; empty where speakers were not asked for.</summary>
    public IReadOnlyList<TranscriptSpeaker> Speakers { get; set; } = [];

    /// <summary>How the speakers were told apart; null where the worker does not say.</summary>
    public TranscriptDiarization? Diarization { get; init; }

    /// <summary>The language asked for, or the one the provider named; null where neither said.</summary>
    public string? Language { get; init; }

    /// <summary>Seconds of audio.</summary>
    public required double Duration { get; init; }

    /// <summary>Null where the worker does not say, as what follows.</summary>
    public TranscriptAudio? Audio { get; init; }

    public TranscriptUsage? Usage { get; init; }

    /// <summary>The one that transcribed most of it.</summary>
    public string? Provider { get; init; }

    public string? Model { get; init; }

    /// <summary>The job's model profile.</summary>
    public string? Profile { get; init; }

    public TranscriptChunks? Chunks { get; init; }

    /// <summary>True of what is known of a job that still runs.</summary>
    public bool Partial { get; init; }

    /// <summary>Of a partial one: seconds of the audio up to which everything is transcribed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? TranscribedUntil { get; init; }

    /// <summary>What was asked for and could not be done, or is in doubt, for people; empty where nothing is.</summary>
    public IReadOnlyList<string> Warnings { get; set; } = [];
}

/// <summary>What the audio was.</summary>
/// <param name="SampleRate">Samples a second of the file.</param>
/// <param name="Codec">As ffmpeg names it, such as <c>pcm_mulaw</c>.</param>
/// <param name="Sha256">Of the file, in lower-case hexadecimal.</param>
/// <param name="DualMono">Whether two channels said the same, and were transcribed as one.</param>
public sealed record TranscriptAudio(int Channels, int SampleRate, string Codec, string Sha256, bool DualMono);

/// <summary>What a transcription took.</summary>
/// <param name="Seconds">Of the audio, rounded up.</param>
/// <param name="ProviderSeconds">Of the audio sent in calls that were answered: each channel for itself, again where a text was asked for again, and
/// without silence.</param>
/// <param name="Retries">Calls beyond one for each chunk.</param>
public sealed record TranscriptUsage(int Seconds, int ProviderSeconds, int Chunks, int Retries)
{
    public string Type { get; set; } = "duration";
}

/// <summary>The chunks of a transcription.</summary>
/// <param name="Failed">Those that no provider could transcribe: gaps.</param>
public sealed record TranscriptChunks(int Total, int Completed, int Failed);

/// <summary>Somebody who speaks in the audio.</summary>
/// <param name="Id">As in the segments, such as <c>SPEAKER_00</c>.</param>
/// <param name="Channel">Where they are heard, from 0 on; null where the channels were transcribed as one.</param>
/// <param name="Role">What the job's <c>channel_roles</c> say of their channel; null where they say nothing.</param>
/// <param name="TalkSeconds">Length of their segments together.</param>
public sealed record TranscriptSpeaker(string Id, int? Channel, string? Role, double TalkSeconds);

/// <summary>How the speakers of a transcript were told apart.</summary>
/// <param name="Requested">Whether the job asked for speakers.</param>
/// <param name="Method">One of <see cref="SpeakerSources"/>, as in the segments.</param>
/// <param name="Confidence">One of <see cref="DiarizationConfidence"/>; null where nobody was told apart.</param>
public sealed record TranscriptDiarization(bool Requested, string Method, string? Confidence);

/// <summary>How far the speakers can be relied on.</summary>
public static class DiarizationConfidence
{
    /// <summary>Each has a channel of their own.</summary>
    public const string High = "high";

    /// <summary>The provider told the voices apart.</summary>
    public const string Medium = "medium";

    /// <summary>A guess, or a provider's voices joined over several clips.</summary>
    public const string Low = "low";
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
    public string Timing { get; set; } = SegmentTiming.Proportional;

    /// <summary>Where the speaker is from; see <see cref="SpeakerSources"/>.</summary>
    public string SpeakerSource { get; set; } = SpeakerSources.None;

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
