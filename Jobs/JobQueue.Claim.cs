using AiPlatform.Contracts;
using AiPlatform.Jobs.Batching;
using AiPlatform.Jobs.Index;
using AiPlatform.Jobs.Store;
using Microsoft.Extensions.Logging;

namespace AiPlatform.Jobs;

public sealed partial class JobQueue
{
    /// <summary>A ring can be lost with its connection: a waiting claim looks by itself after this long.</summary>
    static readonly TimeSpan LookAnyway = TimeSpan.FromSeconds(5);

    /// <summary>How often a claim takes jobs at once in the stead of those that could not start.</summary>
    const int MostLooks = 16;

    /// <summary>The first pause of a claim that waits and has met nothing but such jobs; it doubles, four times.</summary>
    static readonly TimeSpan AfterMisses = TimeSpan.FromMilliseconds(20);

    /// <summary>Leases the next jobs for a worker, highest priority first and oldest first within it; waits for the first if asked.</summary>
    public async Task<IReadOnlyList<ClaimedJob>> ClaimAsync(ClaimRequest request, CancellationToken ct) => (await ClaimTimedAsync(request, ct)).Jobs;

    /// <summary>The same, with a timestamp of this process' clock from before the leases began, after the wait: who counts from there lets go of a
    /// job no later than the store does.</summary>
    public async Task<(IReadOnlyList<ClaimedJob> Jobs, long AskedAt)> ClaimTimedAsync(ClaimRequest request, CancellationToken ct)
    {
        var start = _time.GetTimestamp();
        for (var misses = 0; ;)
        {
            using var newWork = ListenForWork(request.TaskTypes, request.ModelProfiles);
            var (wasDegraded, wasHalted) = (IsDegraded, await MustLookForLiftsAsync(ct));
            var askedAt = _time.GetTimestamp();
            var (claimed, missed) = await ClaimNowAsync(request, ct);
            var left = request.Wait - _time.GetElapsedTime(start);
            if (claimed.Count > 0 && ct.IsCancellationRequested)
            {
                // Nobody is there to run them.
                await ReleaseAsync([.. claimed.Select(JobFence.Of)], CancellationToken.None);
            }
            ct.ThrowIfCancellationRequested();
            if (claimed.Count > 0 || left <= TimeSpan.Zero)
            {
                return (claimed, askedAt);
            }
            // A halt may have ended just after the look, or begun just before it. Where Redis was lost in between, nobody asked before the look.
            var looksForLifts = wasHalted || !wasDegraded || await MustLookForLiftsAsync(ct);
            var patience = Patience(looksForLifts);
            misses = missed > 0 ? misses + 1 : 0;
            if (misses > 0)
            {
                // More of them may stand before jobs that can start, and nothing rings when they are gone.
                patience = Shorter(patience, AfterMisses * Math.Pow(2, Math.Min(misses - 1, 4)));
            }
            await WaitAsync(newWork, Shorter(patience, left), ct, request.Until);
            if (request.Until is { IsCompleted: true })
            {
                return ([], askedAt);
            }
        }
    }

    WorkListener ListenForWork(IReadOnlyList<string> taskTypes, IReadOnlyList<string> modelProfiles)
    {
        // The highest first: a lane that is learned between the two is heard twice rather than never.
        var highest = _lanes.Highest;
        return _bell.ListenForWork(_lanes.Serving(taskTypes, modelProfiles), highest);
    }

    /// <summary>The limit is taken back when it was not needed: of claims that are woken often, it would leave a timer each time.</summary>
    async Task WaitAsync(WorkListener newWork, TimeSpan atMost, CancellationToken ct, Task? until = null)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await Task.WhenAny(newWork.Heard, until ?? newWork.Heard, Task.Delay(atMost, _time, end.Token));
        await end.CancelAsync();
    }

    /// <summary>Extends leases; the outcomes come in the order of the renewals.</summary>
    public async Task<IReadOnlyList<RenewOutcome>> RenewAsync(IReadOnlyList<Renewal> renewals, CancellationToken ct)
    {
        var renewed = await _writes.Renew.AddAsync(renewals, ct);
        var outcomes = new RenewOutcome[renewals.Count];
        foreach (var (i, renewal) in renewals.Index())
        {
            if (renewed[i] is { } lease)
            {
                outcomes[i] = new RenewOutcome(RenewResult.Renewed, lease.Until, lease.StartedAt);
                continue;
            }
            var cancelled = await _store.RecordedAsync(renewal.Fence, ct) is JobStatus.Cancelled;
            outcomes[i] = new RenewOutcome(cancelled ? RenewResult.Cancelled : RenewResult.LeaseLost, null);
        }
        return outcomes;
    }

    /// <summary>Gives running jobs back to their place in the line without spending the attempt; a stale fence changes nothing.</summary>
    public Task ReleaseAsync(IReadOnlyList<JobFence> fences, CancellationToken ct) => ReleaseAsync(fences, TimeSpan.Zero, ct);

    /// <summary>The same; they may start again after a pause.</summary>
    public async Task ReleaseAsync(IReadOnlyList<JobFence> fences, TimeSpan pause, CancellationToken ct)
    {
        var released = await _store.ReleaseAsync(fences, preempted: false, pause, ct);
        if (released.Count > 0)
        {
            await ShowAsync([.. released], ct);
        }
    }

    /// <summary>What is handed out and cannot start is put right, and others are taken in its stead: as a lane that is newer than the halt that
    /// covers it, it may stand before all that can. Answers what was claimed, and how many were handed out last that could not be.</summary>
    async Task<(IReadOnlyList<ClaimedJob> Claimed, int Missed)> ClaimNowAsync(ClaimRequest request, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var (claimed, missed) = await LookAsync(request, ct);
        for (var looks = 1; missed > 0 && looks < MostLooks; looks++)
        {
            try
            {
                (var more, missed) = await LookAsync(request with { Limit = missed }, ct);
                claimed = [.. claimed, .. more];
            }
            catch (Exception failure) when (claimed.Count > 0)
            {
                // Nobody would run the ones there are until their lease ends.
                LogFewer(failure);
                break;
            }
        }
        return (claimed, missed);
    }

    /// <summary>Once jobs are handed out the claim is not broken off, or they would be out of the line until their check or lease ends:
    /// a caller that has left is noticed afterwards. Each statement has its own time limit. Answers what was claimed, and how many were handed out
    /// that could not be.</summary>
    async Task<(IReadOnlyList<ClaimedJob> Claimed, int Missed)> LookAsync(ClaimRequest request, CancellationToken ct)
    {
        var taken = await TakeAsync(request, ct);
        if (taken.Code == TakeCode.NoIndex)
        {
            return (await ClaimFromStoreAsync(request, ct), 0);
        }
        if (taken.Ids.Length == 0)
        {
            return ([], 0);
        }
        var claimed = await ClaimTakenAsync(request, taken.Ids, CancellationToken.None);
        return (claimed, taken.Ids.Length - claimed.Count);
    }

    async Task<Taken> TakeAsync(ClaimRequest request, CancellationToken ct)
    {
        while (true)
        {
            // The highest first: of a lane that is learned between the two, the index must not think that it is among them.
            var highest = _lanes.Highest;
            var taken = await _index.TakeAsync(_lanes.Serving(request), highest, request.Limit);
            if (taken.Code != TakeCode.UnknownLanes)
            {
                return taken;
            }
            await _lanes.RefreshAsync(ct);
            if (taken.Highest > _lanes.Highest)
            {
                // A lane is committed before it is pushed: one that Postgres did not have after the index had it, was never there.
                await _index.DistrustAsync(taken.Highest);
                return new Taken(TakeCode.NoIndex, []);
            }
            await ShowHaltsAsync(ct);
        }
    }

    async Task<IReadOnlyList<ClaimedJob>> ClaimTakenAsync(ClaimRequest request, Guid[] ids, CancellationToken ct)
    {
        var rows = await _writes.Claim.AddAsync(new TakenJobs(ids, request.WorkerId, request.Lease), ct);
        if (rows.Count < ids.Length)
        {
            var claimed = rows.Select(row => row.Job.Id).ToHashSet();
            await SettleAsync([.. ids.Where(id => !claimed.Contains(id))], ct);
        }
        return Started(rows);
    }

    /// <summary>A failure here must not cost the jobs that were claimed beside: nobody would run them until their lease ends. What stays
    /// unsettled is met again by its check.</summary>
    async Task SettleAsync(Guid[] notClaimed, CancellationToken ct)
    {
        try
        {
            await PutBackAsync(notClaimed, ct);
            await _repair.RepairAsync(notClaimed, ct);
        }
        catch (Exception failure)
        {
            LogUnsettled(notClaimed.Length, failure);
        }
    }

    async Task<IReadOnlyList<ClaimedJob>> ClaimFromStoreAsync(ClaimRequest request, CancellationToken ct)
    {
        await _lanes.RefreshAsync(ct);
        var lanes = _lanes.Serving(request);
        if (lanes.Length == 0)
        {
            return [];
        }
        // Without a bell workers look from time to time: what has waited that long, no worker with a free slot has found.
        var waited = request.Above is null ? TimeSpan.Zero : _options.Value.PollInterval;
        var rows = await _store.ClaimInOrderAsync(
            lanes, request.WorkerId, request.Lease, request.Limit, waited, CancellationToken.None);
        // An index that is being built would show them as waiting, or does already.
        await _index.HoldAsync([.. rows.Select(row => (row.Job.Id, _lanes.Find(new LaneKey(row.Job.TaskType, row.Job.ModelProfile))!.Value, 0))]);
        return Started(rows);
    }

    IReadOnlyList<ClaimedJob> Started(List<ClaimRow> rows)
    {
        foreach (var row in rows)
        {
            _telemetry.Started(row);
        }
        // Nobody's start waits for a bell.
        _ = _bell.RingJobsAsync([.. rows.Select(row => row.Job.Id)]);
        return [.. rows.Select(row => row.Job)];
    }

    /// <summary>Shows jobs that were just made pending.</summary>
    /// <param name="spent">After a failure: their owners have had those turns.</param>
    async Task ShowAsync(Guid[] ids, CancellationToken ct, bool spent = false)
    {
        OpenRow[] rows = [.. (await _store.OpenAsync(ids, ct)).Where(row => !row.Running)];
        await (spent ? _index.MoveSpentAsync(rows) : _index.MoveAsync(rows));
        await _bell.RingJobsAsync(ids);
    }

    [LoggerMessage(2011, LogLevel.Warning, "{Count} jobs that could not start were not put right in the index; their check does that.")]
    partial void LogUnsettled(int count, Exception failure);

    [LoggerMessage(2012, LogLevel.Warning, "A claim is answered with fewer jobs than there may be: the next look failed.")]
    partial void LogFewer(Exception failure);
}
