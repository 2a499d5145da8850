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
        before => _store.OpenMatchingAsync(scope, filter, before, BulkPage, ct), ids => CancelAsync(ids, ct));

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
    public Task<int> RetryAsync(JobScope scope, JobFilter filter, CancellationToken ct) => filter.Status switch
    {
        null or JobStatus.Failed => EachPageAsync(
            before => _store.FailedMatchingAsync(scope, filter, before, BulkPage, ct), ids => RetryAsync(ids, alsoRunning: false, ct)),
        JobStatus.Running => EachPageAsync(
            before => _store.OpenMatchingAsync(scope, filter, before, BulkPage, ct), ids => RetryAsync(ids, alsoRunning: true, ct)),
        _ => Task.FromResult(0),
    };

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
        await ShowAsync([.. retried.Select(job => job.Id)], ct);
        return retried.Count;
    }

    /// <summary>Walks all ids that match, newest first; what is submitted meanwhile is not met.</summary>
    static async Task<int> EachPageAsync(Func<Guid, Task<List<Guid>>> pageBefore, Func<Guid[], Task<int>> change)
    {
        var (before, changed) = (JobStore.LastId, 0);
        while (await pageBefore(before) is { Count: > 0 } page)
        {
            changed += await change([.. page]);
            before = page[^1];
        }
        return changed;
    }
}
