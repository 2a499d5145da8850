using System.Text.Json.Serialization;
using AiPlatform.Contracts;

namespace AiPlatform.TranscriptionWorker.Pipeline;

/// <summary>What became of a chunk. Kept as a checkpoint.</summary>
/// <param name="Segments">With times of the file and, where a provider gave them, speakers in its words.</param>
sealed record ChunkOutcome(IReadOnlyList<TranscriptSegment> Segments)
{
    public string? Provider { get; init; }
    public string? Model { get; init; }

    /// <summary>The language the provider named.</summary>
    public string? Language { get; init; }

    /// <summary>Calls that were made for it, failed ones among them.</summary>
    public int Calls { get; init; }

    /// <summary>Seconds of audio that were sent, again with each call that was answered.</summary>
    public double SentSeconds { get; init; }

    /// <summary>What of it could not be transcribed; empty where all was.</summary>
    public IReadOnlyList<ChunkGap> Gaps { get; init; } = [];

    public IReadOnlyList<string> Warnings { get; init; } = [];

    [JsonIgnore]
    public string Text => string.Join(' ', Segments.Select(segment => segment.Text));
}

/// <summary>A stretch of audio that no provider would transcribe.</summary>
/// <param name="Start">Sample of the file, as is <paramref name="End"/>.</param>
sealed record ChunkGap(long Start, long End, JobError Error);
