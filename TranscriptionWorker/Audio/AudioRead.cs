namespace AiPlatform.TranscriptionWorker.Audio;

/// <summary>What came of getting a job's audio.</summary>
abstract record AudioRead
{
    AudioRead()
    {
    }

    /// <summary>It lies on disk. Whoever gets it disposes it.</summary>
    public sealed record Spooled(SpooledAudio Audio) : AudioRead;

    public sealed record Failed(AudioProblem Problem) : AudioRead;
}
