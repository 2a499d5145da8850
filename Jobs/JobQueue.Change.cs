using AiPlatform.Contracts;
using AiPlatform.Jobs.Store;

namespace AiPlatform.Jobs;

public sealed partial class JobQueue
{
    /// <summary>Jobs a statement, in the changes by filter.</summary>
    const int BulkPage = 1_000;

    /// <summary>Cancels a job that is not final. After this answers, nothing of it is started or recorded any more.</summary>
    public async Task<ChangeResult> CancelAsync(JobScope scope, Guid id, CancellationToken ct)
    {
        if (await _store.OwnAsync(scope, [id], ct) is { Length: > 0 } own && await CancelAsync(own, ct) > 0)
        {
            return ChangeResult.Changed;
        }
        return (await _store.GetAsync(scope, id, ct))?.Status switch
        {
            null => ChangeResult.NotFound,
            JobStatus.Cancelled => ChangeResult.Unchanged,
            _ => ChangeResult.NotAllowed,
        };
    }

    /// <summary>Cancels every job that matches and is not final; answers how many.</summary>
    public Task<int> CancelAsync(JobScope scope, JobFilter filter, CancellationToken ct) => EachPageAsync(
        (before, limit) => _store.OpenMatchingAsync(scope, filter, before, limit, ct), ids => CancelAsync(ids, ct), int.MaxValue);

    /// <summary>Makes a failed or running job pending again: a failed one with all its attempts, a running one at its place in the line.</summary>
    public async Task<ChangeResult> RetryAsync(JobScope scope, Guid id, CancellationToken ct)
    {
        return (await _store.GetAsync(scope, id, ct))?.Status switch
        {
            null => ChangeResult.NotFound,
            // Looked up before the index is told: what is not about to become pending must not be noted as such.
            JobStatus.Failed or JobStatus.Running when await RetryAsync([id], alsoRunning: true, ct) > 0 => ChangeResult.Changed,
            _ => ChangeResult.NotAllowed,
        };
    }

    /// <summary>Retries every failed job that matches, and running ones only where the filter names that status; answers how many.</summary>
    /// <param name="most">After so many it stops; the newest are the first.</param>
    public Task<int> RetryAsync(JobScope scope, JobFilter filter, CancellationToken ct, int most = int.MaxValue) => filter.Status switch
    {
        null or JobStatus.Failed => EachPageAsync(
            (before, limit) => _store.FailedMatchingAsync(scope, filter, before, limit, ct), ids => RetryAsync(ids, alsoRunning: false, ct), most),
        JobStatus.Running => EachPageAsync(
            (before, limit) => _store.OpenMatchingAsync(scope, filter, before, limit, ct), ids => RetryAsync(ids, alsoRunning: true, ct), most),
        _ => Task.FromResult(0),
    };

    /// <summary>Notes what an administrator did that is not noted where it is done.</summary>
    /// <param name="detail">JSON.</param>
    public Task NoteAsync(string actor, string action, string target, string detail, CancellationToken ct) => _store.NoteAsync(actor, action, target, detail, ct);

    /// <summary>Cancels those of the jobs that are not final; answers how many.</summary>
    public async Task<int> CancelAllAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct)
    {
        var cancelled = 0;
        foreach (var page in ids.Chunk(BulkPage))
        {
            cancelled += await CancelAsync(page, ct);
        }
        return cancelled;
    }

    async Task<int> CancelAsync(Guid[] ids, CancellationToken ct)
    {
        var ended = await _store.CancelAsync(ids, ct);
        await Task.WhenAll(ended.Where(job => job.Flag).Select(job => _bell.RingStoppedAsync(job.Id)));
        await _index.FinishAsync([.. ended.Select(job => (job.Id, job.Lane))]);
        await _outcomes.CancelledAsync(ended, ct);
        return ended.Count;
    }

    async Task<int> RetryAsync(Guid[] ids, bool alsoRunning, CancellationToken ct)
    {
        await _index.AnnounceAsync(ids);
        var retried = await _store.RetryAsync(ids, alsoRunning, ct);
        await Task.WhenAll(retried.Where(job => job.WasRunning).Select(job => _bell.RingStoppedAsync(job.Id)));
        await ShowAsync([.. retried.Select(job => job.Id)], ct, spent: true);
        return retried.Count;
    }

    /// <summary>Walks all ids that match, newest first; what is submitted meanwhile is not met.</summary>
    static async Task<int> EachPageAsync(Func<Guid, int, Task<List<Guid>>> pageBefore, Func<Guid[], Task<int>> change, int most)
    {
        var (before, changed) = (JobStore.LastId, 0);
        while (changed < most && await pageBefore(before, Math.Min(BulkPage, most - changed)) is { Count: > 0 } page)
        {
            changed += await change([.. page]);
            before = page[^1];
        }
        return changed;
    }
}
