using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs.Index;
using AiPlatform.Jobs.Store;

namespace AiPlatform.Jobs.Batching;

/// <summary>The writes that share their commits, and what follows each commit: the push to the index, the bells, the counts.</summary>
sealed class JobWrites
{
    readonly JobStore _store;
    readonly LaneDirectory _lanes;
    readonly ReadyIndex _index;
    readonly JobsTelemetry _telemetry;

    public JobWrites(JobStore store, LaneDirectory lanes, ReadyIndex index, JobsTelemetry telemetry)
    {
        (_store, _lanes, _index, _telemetry) = (store, lanes, index, telemetry);
        Submit = new("submit", SubmitAsync, jobs => jobs.Count, telemetry);
        Claim = new("claim", ClaimAsync, claim => claim.Ids.Length, telemetry);
        Renew = new("renew", RenewAsync, renewals => renewals.Count, telemetry);
        Complete = new("complete", CompleteAsync, _ => 1, telemetry);
        Fail = new("fail", FailAsync, _ => 1, telemetry);
    }

    /// <summary>Jobs that are stored each for itself, or have no idempotency keys and so cannot be refused.</summary>
    public Batcher<IReadOnlyList<NewJob>, IReadOnlyList<SubmitOutcome>> Submit { get; }

    /// <summary>Leases those of the jobs that may still start.</summary>
    public Batcher<TakenJobs, List<ClaimRow>> Claim { get; }

    /// <summary>The new end of each lease; null where the fence is stale.</summary>
    public Batcher<IReadOnlyList<Renewal>, IReadOnlyList<DateTimeOffset?>> Renew { get; }

    /// <summary>Null where the fence is stale or had its say before.</summary>
    public Batcher<Completion, FinishedRow?> Complete { get; }

    /// <summary>The same.</summary>
    public Batcher<Failure, FinishedRow?> Fail { get; }

    /// <summary>After a commit: shows the new jobs to workers. A push that is lost between the two is found by the reconciler.</summary>
    public async Task ShowAsync(IReadOnlyList<NewJob> jobs, Submission submission)
    {
        await _index.MoveAsync(submission.Opened);
        foreach (var (job, outcome) in jobs.Zip(submission.Outcomes))
        {
            if (outcome.Result == SubmitResult.Created && submission.Opened.Count > 0)
            {
                _telemetry.Submitted(job);
            }
        }
    }

    async Task<IReadOnlyList<IReadOnlyList<SubmitOutcome>>> SubmitAsync(IReadOnlyList<IReadOnlyList<NewJob>> submissions)
    {
        var jobs = submissions.SelectMany(part => part).ToArray();
        var submission = await _store.SubmitEachAsync(jobs, CancellationToken.None);
        await ShowAsync(jobs, submission);
        return Parts(submissions, submission.Outcomes);
    }

    async Task<IReadOnlyList<List<ClaimRow>>> ClaimAsync(IReadOnlyList<TakenJobs> claims)
    {
        var places = new Dictionary<(Guid, string?), int>();
        foreach (var (place, claim) in claims.Index())
        {
            foreach (var id in claim.Ids)
            {
                // The index may hand a job out twice after it was rebuilt: one claim gets it.
                places.TryAdd((id, claim.WorkerId), place);
            }
        }
        var rows = claims.Select(_ => new List<ClaimRow>()).ToArray();
        foreach (var row in await _store.ClaimAsync(claims, CancellationToken.None))
        {
            rows[places[(row.Job.Id, row.Job.WorkerId)]].Add(row);
        }
        return rows;
    }

    async Task<IReadOnlyList<IReadOnlyList<DateTimeOffset?>>> RenewAsync(IReadOnlyList<IReadOnlyList<Renewal>> parts)
    {
        var renewals = parts.SelectMany(part => part).ToArray();
        var renewed = await _store.RenewAsync(renewals, CancellationToken.None);
        return Parts(parts, [.. renewals.Select(renewal => renewed.TryGetValue(renewal.Fence, out var until) ? until : (DateTimeOffset?)null)]);
    }

    async Task<IReadOnlyList<FinishedRow?>> CompleteAsync(IReadOnlyList<Completion> completions)
    {
        var rows = await _store.CompleteAsync(completions, CancellationToken.None);
        foreach (var row in rows)
        {
            _telemetry.Ran(_lanes.Find(row.Lane), row.FinishedAt - row.StartedAt);
            _telemetry.Finished(row.Id, _lanes.Find(row.Lane), JobStatus.Completed, null, row.FinishedAt);
        }
        await _index.FinishAsync([.. rows.Select(row => (row.Id, row.Lane))]);
        var recorded = rows.ToDictionary(row => row.Fence);
        return [.. completions.Select(item => recorded.TryGetValue(item.Fence, out var row) ? row : (FinishedRow?)null)];
    }

    async Task<IReadOnlyList<FinishedRow?>> FailAsync(IReadOnlyList<Failure> failures)
    {
        var rows = (await _store.FailAsync(failures, CancellationToken.None)).ToDictionary(row => row.Fence);
        foreach (var failure in failures.DistinctBy(item => item.Fence))
        {
            if (rows.TryGetValue(failure.Fence, out var row))
            {
                _telemetry.Ran(_lanes.Find(row.Lane), row.FinishedAt - row.StartedAt);
                if (!row.Retried)
                {
                    _telemetry.Finished(row.Id, _lanes.Find(row.Lane), JobStatus.Failed, failure.Error.Category, row.FinishedAt);
                }
            }
        }
        await _index.FinishAsync([.. rows.Values.Where(row => !row.Retried).Select(row => (row.Id, row.Lane))]);
        return [.. failures.Select(item => rows.TryGetValue(item.Fence, out var row) ? row : (FinishedRow?)null)];
    }

    /// <summary>Cuts the answers to all items of all parts into one list a part.</summary>
    static List<IReadOnlyList<TAnswer>> Parts<TItem, TAnswer>(IReadOnlyList<IReadOnlyList<TItem>> parts, IReadOnlyList<TAnswer> answers)
    {
        var (cut, at) = (new List<IReadOnlyList<TAnswer>>(parts.Count), 0);
        foreach (var part in parts)
        {
            cut.Add([.. answers.Skip(at).Take(part.Count)]);
            at += part.Count;
        }
        return cut;
    }
}

/// <summary>Jobs that the index handed to a worker.</summary>
readonly record struct TakenJobs(Guid[] Ids, string WorkerId, TimeSpan Lease);

readonly record struct Completion(JobFence Fence, JsonElement Result);

/// <param name="Retry">Whether another attempt may follow.</param>
/// <param name="Pause">Before it; null for <see cref="RetryBackoff"/>.</param>
readonly record struct Failure(JobFence Fence, JobError Error, bool Retry, TimeSpan? Pause);
