using AiPlatform.Jobs;

namespace AiPlatform.TranscriptionWorker.Audio;

/// <summary>Reads audio that a caller has uploaded, part by part.</summary>
sealed class StoredAudio(FileStore files)
{
    /// <param name="reference">The job's <c>audio_ref</c>: the id of an upload.</param>
    public async Task<AudioProblem?> ReadAsync(string reference, AudioIntake intake, int mostMegabytes, CancellationToken ct)
    {
        if (!Guid.TryParseExact(reference, "D", out var id))
        {
            return AudioProblem.Invalid("audio_ref is not the id of an upload.");
        }
        try
        {
            return await files.GetAsync(JobScope.All, id, ct) switch
            {
                null => AudioProblem.Unreadable($"audio_ref names no upload that is still here: {reference}."),
                { Bytes: var bytes } when bytes > mostMegabytes * 1024L * 1024 => AudioProblem.TooLarge(bytes, mostMegabytes),
                { Bytes: var bytes } => await CopyAsync(id, bytes, intake, ct),
            };
        }
        catch (StoreUnavailableException)
        {
            return AudioProblem.OfWorker("The store of uploads cannot be read now.");
        }
    }

    async Task<AudioProblem?> CopyAsync(Guid id, long bytes, AudioIntake intake, CancellationToken ct)
    {
        var copied = 0L;
        await foreach (var part in files.ReadAsync(JobScope.All, id, ct))
        {
            if (await intake.AppendAsync(part, ct) is { } refused)
            {
                return refused;
            }
            copied += part.Length;
        }
        return copied == bytes ? null : AudioProblem.Unreadable("The upload that audio_ref names was removed while it was read.");
    }
}
