using System.Diagnostics;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using Microsoft.Extensions.Logging;

namespace AiPlatform.WorkerRuntime;

/// <summary>Presents an outcome with the attempt's fence until the store has answered, also while the store is away for a while.</summary>
sealed partial class OutcomeRecorder(JobQueue queue, TimeProvider time, ILogger<OutcomeRecorder> logger)
{
    // A restart of Postgres or a failover fits in; work that took minutes of a GPU is worth the wait. The slot stays taken meanwhile.
    static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    /// <param name="giveUp">Ends the tries early: the process ends.</param>
    public async Task<RecordedOutcome> RecordAsync(Attempt attempt, AttemptOutcome outcome, CancellationToken giveUp)
    {
        if (outcome is AttemptOutcome.Abandoned)
        {
            return new RecordedOutcome(outcome, null);
        }

        // Not the attempt's own token: its outcome counts the more when it was told to stop.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(giveUp);
        limit.CancelAfter(Limit);
        var pause = TimeSpan.FromMilliseconds(100);
        for (var tries = 1; ; tries++)
        {
            try
            {
                return new RecordedOutcome(outcome, await PresentAsync(attempt, outcome, limit.Token));
            }
            catch (OperationCanceledException) when (limit.IsCancellationRequested)
            {
                return GivenUp(attempt, outcome, tries);
            }
            catch (Exception refusal) when (StoreRefusal.Is(refusal))
            {
                LogRefused(logger, refusal, attempt.Job.Id);
                if (outcome is not AttemptOutcome.Succeeded)
                {
                    return GivenUp(attempt, outcome, tries);
                }
                // A failure that says so ends the job; silence would run it again and again.
                var error = new JobError(ErrorCategories.WorkerError, $"The result could not be stored ({refusal.GetType().Name}).");
                outcome = new AttemptOutcome.Failed(error, new FailOptions(Retry: false));
                continue;
            }
            catch (Exception failure)
            {
                // Whatever else it is, it may pass: an absent store, but also a mistake in its setup that somebody repairs. The work is paid for.
                LogAgain(logger, attempt.Job.Id, tries, failure.Message);
            }

            try
            {
                await Task.Delay(pause, time, limit.Token);
            }
            catch (OperationCanceledException)
            {
                return GivenUp(attempt, outcome, tries);
            }
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    async Task<RecordResult> PresentAsync(Attempt attempt, AttemptOutcome outcome, CancellationToken ct)
    {
        switch (outcome)
        {
            case AttemptOutcome.Succeeded succeeded:
                return await queue.CompleteAsync(attempt.Fence, succeeded.Result, ct);
            case AttemptOutcome.Failed failed:
                return await queue.FailAsync(attempt.Fence, failed.Error, failed.Options, ct);
            case AttemptOutcome.Released { Reason: CancellationReason.Preempted }:
                return await queue.PreemptAsync(attempt.Job, ct);
            case AttemptOutcome.Released released:
                await queue.ReleaseAsync([attempt.Fence], released.Pause, ct);
                return RecordResult.Requeued;
            default:
                throw new UnreachableException($"Nothing is recorded of {outcome.GetType().Name}.");
        }
    }

    RecordedOutcome GivenUp(Attempt attempt, AttemptOutcome outcome, int tries)
    {
        LogGivenUp(logger, attempt.Job.Id, tries);
        return new RecordedOutcome(outcome, null);
    }

    [LoggerMessage(3050, LogLevel.Warning, "Job {JobId}: its outcome could not be recorded (try {Tries}); it is tried again. {Reason}")]
    static partial void LogAgain(ILogger logger, Guid jobId, int tries, string reason);

    [LoggerMessage(3051, LogLevel.Error, "Job {JobId}: its outcome is lost after {Tries} tries to record it; the job runs again when its lease ends.")]
    static partial void LogGivenUp(ILogger logger, Guid jobId, int tries);

    [LoggerMessage(3052, LogLevel.Error, "Job {JobId}: the store refused its outcome.")]
    static partial void LogRefused(ILogger logger, Exception refusal, Guid jobId);
}
