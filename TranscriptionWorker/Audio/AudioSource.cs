using AiPlatform.Contracts;

namespace AiPlatform.TranscriptionWorker.Audio;

/// <summary>Gets a job's audio onto disk, from the job itself, from an upload, or from where the job says.</summary>
sealed class AudioSource(AudioFetcher fetcher, StoredAudio uploads, AudioSpool spool)
{
    public Task<AudioRead> ReadAsync(TranscriptionInput input, CancellationToken ct) => input switch
    {
        { AudioUrl: { } url } => spool.ReadAsync(intake => fetcher.FetchAsync(url, intake, ct)),
        { AudioRef: { } reference } => spool.ReadAsync(intake => uploads.ReadAsync(reference, intake, spool.MostMegabytes, ct)),
        _ => ReadBase64Async(input.AudioBase64!, ct),
    };

    Task<AudioRead> ReadBase64Async(string text, CancellationToken ct)
    {
        // White space aside, which a caller who is near the limit may leave out.
        var bytes = Base64Intake.MostBytes(text);
        return bytes > (spool.MostMegabytes + 1L) * 1024 * 1024
            ? Task.FromResult<AudioRead>(new AudioRead.Failed(AudioProblem.TooLarge(bytes, spool.MostMegabytes)))
            : spool.ReadAsync(intake => Base64Intake.ReadAsync(text, intake, ct));
    }
}
