using AiPlatform.Contracts;
using AiPlatform.TranscriptionWorker.Audio;
using AiPlatform.TranscriptionWorker.Providers;

namespace AiPlatform.TranscriptionWorker.Pipeline;

/// <summary>What all chunks of a job have in common.</summary>
/// <param name="Providers">Those to ask, as they are now: one that had better rest comes last.</param>
sealed record ChunkWork(
    Guid JobId, JobPriority Priority, PreparedAudio Audio, string AudioSha256, TranscriptionInput Input, string? Prompt,
    Func<IReadOnlyList<ITranscriber>> Providers)
{
    /// <summary>Told of each provider that is asked, and its model.</summary>
    public Action<string, string?>? Asks { get; init; }

    public ClipRequest Clip(string name, byte[] wav, SampleRange range, double? temperature) => new(
        name, wav, range.Seconds, Input.Language, Prompt, temperature, Diarize: Input.Diarize && Audio.Tracks.Count == 1, Input.NumSpeakers);
}
