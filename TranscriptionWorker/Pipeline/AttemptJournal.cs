using System.Text.Json;
using AiPlatform.Jobs;
using AiPlatform.WorkerRuntime;

namespace AiPlatform.TranscriptionWorker.Pipeline;

/// <summary>The journal of an attempt: checkpoints in Postgres, text and progress in the job's events.</summary>
sealed partial class AttemptJournal(Attempt attempt, ILogger log) : IRunJournal
{
    public Task<IReadOnlyList<Checkpoint>> SavedAsync(CancellationToken ct) => attempt.SavedAsync(ct);

    public async Task SaveAsync(Checkpoint checkpoint, CancellationToken ct)
    {
        try
        {
            await attempt.SaveAsync(checkpoint, ct);
        }
        catch (StoreUnavailableException away)
        {
            LogNotSaved(log, attempt.Job.Id, checkpoint.Key, away.Message);
        }
    }

    /// <summary>Those who watch have read the text of earlier runs: it goes on where the same is known, and begins anew where it is not.</summary>
    public async Task BeginTextAsync(string known, CancellationToken ct)
    {
        var earlier = await attempt.TakeEarlierTextAsync(ct);
        if (earlier is { IsContinuable: true } && known.StartsWith(earlier.Text, StringComparison.Ordinal) && await attempt.ContinueTextAsync(earlier, ct))
        {
            Tell(known[earlier.Text.Length..]);
            return;
        }
        if (earlier is not null)
        {
            attempt.RestartText();
        }
        Tell(known);
    }

    public void Tell(string text) => attempt.AppendToken(text);

    public void Report(TranscriptionProgress progress) =>
        attempt.ReportProgress(JsonSerializer.SerializeToElement(progress, PipelineJson.Default.TranscriptionProgress));

    [LoggerMessage(5020, LogLevel.Warning, "Job {JobId}: {Checkpoint} was not saved, and would be done again by another run. {Reason}")]
    static partial void LogNotSaved(ILogger logger, Guid jobId, string checkpoint, string reason);
}
