using AiPlatform.Jobs;

namespace AiPlatform.TranscriptionWorker.Pipeline;

/// <summary>What a run tells of itself: to the next run, and to those who watch.</summary>
interface IRunJournal
{
    /// <summary>What earlier runs of the job have saved.</summary>
    Task<IReadOnlyList<Checkpoint>> SavedAsync(CancellationToken ct);

    /// <summary>Saves a piece of work; where it cannot be saved now, another run does it again.</summary>
    /// <exception cref="OperationCanceledException">The job is no longer this run's.</exception>
    Task SaveAsync(Checkpoint checkpoint, CancellationToken ct);

    /// <summary>Begins the text for those who watch, with what earlier runs have transcribed. To be called once, before <see cref="Tell"/>.</summary>
    Task BeginTextAsync(string known, CancellationToken ct);

    /// <summary>Text that follows what was told so far.</summary>
    void Tell(string text);

    void Report(TranscriptionProgress progress);
}
