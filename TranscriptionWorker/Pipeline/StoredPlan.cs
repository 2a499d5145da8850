using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AiPlatform.Contracts.Transcripts;
using AiPlatform.TranscriptionWorker.Audio;

namespace AiPlatform.TranscriptionWorker.Pipeline;

/// <summary>What a job is cut into, kept as its first checkpoint. Chunks of another plan (other audio behind the same URL, other settings, another
/// release) are not taken over: the plan's name is part of theirs.</summary>
/// <param name="Name">A digest of the audio and of all that the text of a chunk depends on.</param>
/// <param name="Chunks">Samples of each.</param>
sealed record StoredPlan(string Name, string AudioSha256, double Duration, IReadOnlyList<PlannedChunk> Chunks)
{
    public const string Key = TranscriptSoFar.PlanKey;

    const int NameBytes = 6;

    public static StoredPlan Of(ChunkWork work)
    {
        var (audio, input) = (work.Audio, work.Input);
        // A chunk's place alone does not tell its samples where the rules of cutting have changed.
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{AudioPreparation.PlanVersion}|{work.AudioSha256}|{input.Language}|{work.Prompt}|{input.Temperature}|{input.Provider}");
        foreach (var chunk in audio.Chunks)
        {
            text.Append(CultureInfo.InvariantCulture, $"|{audio.Tracks[chunk.Track].Channel},{chunk.Range.Start},{chunk.Range.End},{chunk.Overlap}");
        }
        var digest = SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()));
        return new StoredPlan(Convert.ToHexStringLower(digest, 0, NameBytes), work.AudioSha256, audio.Facts.Duration, audio.Chunks);
    }

    public string KeyOf(PlannedChunk chunk) => TranscriptSoFar.KeyOf(Name, chunk.Track, chunk.Index);
}
