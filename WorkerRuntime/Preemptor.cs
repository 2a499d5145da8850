using AiPlatform.Contracts;
using AiPlatform.Jobs;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AiPlatform.WorkerRuntime;

/// <summary>
/// Waits for free slots. While all are busy and some run may be aborted, it looks for waiting jobs of higher priority than that run. Nothing is
/// aborted before such a job is claimed, so of several workers only the one that got it aborts a run for it.
/// </summary>
sealed partial class Preemptor(
    JobQueue queue,
    IJobHandler handler,
    AttemptSlots slots,
    PreemptionRules rules,
    WorkerIdentity identity,
    IOptions<WorkerOptions> options,
    TimeProvider time,
    ILogger<Preemptor> logger)
{
    // Workers with a free slot hear of a job at the same moment and claim it within milliseconds: no run is aborted for what one of them starts.
    // A worker that would have to abort a run of normal priority leaves the job also to those that have a low one.
    static readonly TimeSpan HeadStart = TimeSpan.FromMilliseconds(75);

    bool absent;

    /// <param name="lower">Of the run that would be aborted.</param>
    public static TimeSpan HeadStartOf(JobPriority lower) => lower == JobPriority.Low ? HeadStart : 2 * HeadStart;

    /// <summary>Waits for a free slot, and takes every free one.</summary>
    /// <param name="replace">Starts a job, whose lease began at that timestamp at the earliest, in the place of a run.</param>
    public async Task<int> TakeFreeAsync(Action<ClaimedJob, long, Attempt> replace, CancellationToken ct)
    {
        var isFirst = true;
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            var freed = slots.Freed;
            if (slots.TakeFree() is > 0 and var free)
            {
                return free;
            }
            if (slots.LastInPriority(attempt => rules.IsInterruptible(attempt.Job)) is not { } lower)
            {
                // Nor will there be one: only the caller starts runs.
                await freed.WaitAsync(ct);
                continue;
            }

            using var end = CancellationTokenSource.CreateLinkedTokenSource(ct);
            var newWork = queue.NextWorkAsync(handler.TaskTypes, handler.ModelProfiles, end.Token);
            if (isFirst)
            {
                await Task.WhenAny(freed, Task.Delay(HeadStartOf(lower.Job.Priority), time, end.Token));
            }
            if (!freed.IsCompleted && await ClaimAboveAsync(lower.Job.Priority, ct) is { } higher)
            {
                replace(higher.Job, higher.AskedAt, lower);
                // What came together with it was left to others for as long.
                isFirst = false;
            }
            else
            {
                await Task.WhenAny(freed, newWork);
                isFirst = true;
            }
            await end.CancelAsync();
        }
    }

    async Task<(ClaimedJob Job, long AskedAt)?> ClaimAboveAsync(JobPriority priority, CancellationToken ct)
    {
        try
        {
            var (claimed, askedAt) = await queue.ClaimTimedAsync(
                new ClaimRequest(
                    identity.Id, handler.TaskTypes, handler.ModelProfiles, Limit: 1, options.Value.Lease, Wait: TimeSpan.Zero, Above: priority), ct);
            absent = false;
            return claimed.Count == 0 ? null : (claimed[0], askedAt);
        }
        catch (Exception failure) when (StoreAbsence.Is(failure, ct))
        {
            if (!absent)
            {
                LogCannotLook(logger, failure.Message);
            }
            absent = true;
            return null;
        }
    }

    [LoggerMessage(3036, LogLevel.Warning, "More urgent jobs cannot be looked for while all slots are busy; the worker keeps trying. {Reason}")]
    static partial void LogCannotLook(ILogger logger, string reason);
}
