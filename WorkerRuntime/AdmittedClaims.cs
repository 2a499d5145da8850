using AiPlatform.Contracts;
using AiPlatform.Jobs;
using Microsoft.Extensions.Options;

namespace AiPlatform.WorkerRuntime;

/// <summary>Starts a claimed job, whose lease began at that timestamp at the earliest, in the place of a run.</summary>
/// <param name="hasToStop">Whether the run must be aborted for it.</param>
delegate void StartInPlace(ClaimedJob job, long askedAt, Attempt lower, bool hasToStop);

/// <summary>
/// Claims only what the handler says can be started now (<see cref="IJobHandler.Openings"/>), so that jobs wait in the queue, where priority counts, and
/// not at a model server. Where a job has no place and a run of lower priority that may be aborted has one, the job is claimed for that place.
/// What wakes it is what is new: a job, a free slot, other openings.
/// </summary>
sealed class AdmittedClaims(
    SteadyClaims claims, JobQueue queue, IJobHandler handler, AttemptSlots slots, PreemptionRules rules, WorkerIdentity identity,
    IOptions<WorkerOptions> options, TimeProvider time)
{
    /// <summary>When jobs that could have a run's place were first looked out for; null where none is expected before the next sign.</summary>
    long? armedAt;
    bool isWatching;

    /// <summary>Waits for jobs, and takes a slot for each.</summary>
    public async Task<(IReadOnlyList<ClaimedJob> Jobs, long AskedAt)> NextAsync(StartInPlace replace, CancellationToken ct)
    {
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            // Before looking, or a change between the two is missed.
            var (freed, changed) = (slots.Freed, handler.OpeningsChanged);
            var openings = handler.Openings!;
            var free = slots.TakeFree();
            var open = openings.Where(opening => opening.Lowest is not null).ToList();
            var canClaim = free > 0 && open.Count > 0;
            // Where nothing has to wait for another place, the claim itself waits.
            var isUnbounded = canClaim && openings.All(opening => opening.Lowest == JobPriority.Low);

            using var end = CancellationTokenSource.CreateLinkedTokenSource(ct);
            var newWork = isUnbounded ? changed : queue.NextWorkAsync(handler.TaskTypes, handler.ModelProfiles, end.Token);
            if (canClaim && await TakeAsync(open, free, isUnbounded ? SteadyClaims.Wait : TimeSpan.Zero, changed, ct) is { Jobs.Count: > 0 } claimed)
            {
                await end.CancelAsync();
                return claimed;
            }
            if (!canClaim)
            {
                slots.Return(free);
            }
            if (!isUnbounded)
            {
                // Another free slot changes nothing where there is one.
                var signs = free > 0 ? changed : Task.WhenAny(freed, changed);
                await ReplaceAsync(Victims(openings, open, isFull: free == 0), replace, signs, newWork, canClaim, ct);
            }
            await end.CancelAsync();
        }
    }

    /// <summary>Starts a job in the place of a run, or waits until there may be something to start.</summary>
    async Task ReplaceAsync(List<Victim> victims, StartInPlace replace, Task signs, Task newWork, bool canClaim, CancellationToken ct)
    {
        if (victims.Count == 0)
        {
            (isWatching, armedAt) = (false, null);
            await Task.WhenAny(signs, canClaim ? newWork : signs);
            return;
        }
        armedAt ??= isWatching ? null : time.GetTimestamp();
        isWatching = true;
        if (armedAt is { } since && time.GetElapsedTime(since) >= HeadStart(victims))
        {
            if (await TryReplaceAsync(victims, replace, ct))
            {
                // What came together with it was left to others for as long.
                return;
            }
            armedAt = null;
        }
        using var end = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var headStart = armedAt is { } from ? Task.Delay(Left(HeadStart(victims), from), time, end.Token) : signs;
        await Task.WhenAny(signs, newWork, headStart);
        await end.CancelAsync();
        armedAt ??= newWork.IsCompleted ? time.GetTimestamp() : null;
    }

    async Task<bool> TryReplaceAsync(List<Victim> victims, StartInPlace replace, CancellationToken ct)
    {
        foreach (var (lower, openings, hasToStop) in victims)
        {
            var (jobs, askedAt) = await claims.ClaimAsync(Request(openings, limit: 1, TimeSpan.Zero) with { Above = lower.Job.Priority }, ct);
            if (jobs.Count > 0)
            {
                replace(jobs[0], askedAt, lower, hasToStop);
                return true;
            }
        }
        return false;
    }

    async Task<(IReadOnlyList<ClaimedJob> Jobs, long AskedAt)> TakeAsync(List<Opening> open, int free, TimeSpan wait, Task changed, CancellationToken ct)
    {
        // Whatever comes then has its place, even if all of it is of the profile with the least room.
        var limit = Math.Min(free, open.Min(opening => opening.Room));
        var claimed = await claims.ClaimAsync(Request(open, limit, wait) with { Until = changed }, ct);
        slots.Return(free - claimed.Jobs.Count);
        return claimed;
    }

    ClaimRequest Request(IReadOnlyList<Opening> open, int limit, TimeSpan wait)
    {
        var lowest = open.ToDictionary(opening => opening.ModelProfile, opening => opening.Lowest!.Value);
        return new ClaimRequest(identity.Id, handler.TaskTypes, [.. lowest.Keys], limit, options.Value.Lease, wait, Lowest: lowest);
    }

    /// <summary>The runs that may be aborted, each with the jobs that could have its place: its slot, or its place at a model server.</summary>
    List<Victim> Victims(IReadOnlyList<Opening> openings, List<Opening> open, bool isFull)
    {
        List<Victim> victims = [];
        if (isFull && open.Count > 0 && slots.LastInPriority(attempt => rules.IsInterruptible(attempt.Job)) is { } last)
        {
            victims.Add(new Victim(last, open, HasToStop: false));
        }
        foreach (var pool in openings.GroupBy(opening => opening.Pool))
        {
            if (pool.First() is not { LowestInstead: { } lowest, FirstToWait: { } waits } || waits > lowest)
            {
                continue;
            }
            var profiles = pool.Select(opening => opening.ModelProfile).ToHashSet();
            if (slots.LastInPriority(attempt => profiles.Contains(attempt.Job.ModelProfile) && rules.IsInterruptible(attempt.Job)) is { } lower
                && waits < lower.Job.Priority)
            {
                victims.Add(new Victim(lower, [.. pool.Select(opening => opening with { Lowest = lowest })], HasToStop: true));
            }
        }
        return victims;
    }

    static TimeSpan HeadStart(List<Victim> victims) => Preemptor.HeadStartOf(victims.Max(victim => victim.Lower.Job.Priority));

    TimeSpan Left(TimeSpan whole, long since) => whole - time.GetElapsedTime(since) is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;

    /// <param name="HasToStop">False where a slot that was freed meanwhile does as well.</param>
    readonly record struct Victim(Attempt Lower, IReadOnlyList<Opening> Openings, bool HasToStop);
}
