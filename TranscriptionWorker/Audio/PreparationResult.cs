namespace AiPlatform.TranscriptionWorker.Audio;

/// <summary>What came of preparing a job's audio.</summary>
abstract record PreparationResult
{
    PreparationResult()
    {
    }

    /// <summary>Whoever gets it disposes it.</summary>
    public sealed record Prepared(PreparedAudio Audio) : PreparationResult;

    public sealed record Failed(AudioProblem Problem) : PreparationResult;
}
