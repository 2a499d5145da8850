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

    /// <summary>Each lease; null where the fence is stale.</summary>
    public Batcher<IReadOnlyList<Renewal>, IReadOnlyList<RenewedLease?>> Renew { get; }

    /// <summary>Null where the fence is stale or had its say before.</summary>
    public Batcher<Completion, FinishedRow?> Complete { get; }

    /// <summary>The same.</summary>
    public Batcher<Failure, FinishedRow?> Fail { get; }

    /// <summary>Shows jobs that were just committed to workers. A push that is lost between the two is found by the reconciler.</summary>
    public Task ShowAsync(Submission submission) => _index.MoveAsync(submission.Opened);

    public void Count(IReadOnlyList<NewJob> jobs, Submission submission)
    {
        foreach (var (job, outcome) in jobs.Zip(submission.Outcomes))
        {
            if (outcome.Result == SubmitResult.Created && submission.Opened.Count > 0)
            {
                _telemetry.Submitted(job);
            }
        }
    }

    async Task<Committed<IReadOnlyList<SubmitOutcome>>> SubmitAsync(IReadOnlyList<IReadOnlyList<NewJob>> submissions)
    {
        var jobs = submissions.SelectMany(part => part).ToArray();
        var submission = await _store.SubmitEachAsync(jobs, CancellationToken.None);
        Count(jobs, submission);
        return new(Parts(submissions, submission.Outcomes), () => ShowAsync(submission));
    }

    async Task<Committed<List<ClaimRow>>> ClaimAsync(IReadOnlyList<TakenJobs> claims)
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
        return new(rows, () => Task.CompletedTask);
    }

    async Task<Committed<IReadOnlyList<RenewedLease?>>> RenewAsync(IReadOnlyList<IReadOnlyList<Renewal>> parts)
    {
        var renewals = parts.SelectMany(part => part).ToArray();
        var renewed = await _store.RenewAsync([.. renewals.GroupBy(renewal => renewal.Fence, (_, same) => same.Aggregate(Together))], CancellationToken.None);
        RenewedLease?[] leases = [.. renewals.Select(renewal => renewed.TryGetValue(renewal.Fence, out var lease) ? lease : (RenewedLease?)null)];
        return new(Parts(parts, leases), () => Task.CompletedTask);
    }

    /// <summary>Two calls for one lease at the same time, such as a renewal and a report of progress.</summary>
    static Renewal Together(Renewal first, Renewal then) =>
        then with { Lease = first.Lease > then.Lease ? first.Lease : then.Lease, Progress = then.Progress ?? first.Progress };

    async Task<Committed<FinishedRow?>> CompleteAsync(IReadOnlyList<Completion> completions)
    {
        var rows = (await _store.CompleteAsync(completions, CancellationToken.None)).ToDictionary(row => row.Fence);
        foreach (var row in rows.Values)
        {
            await CountAsync(row, JobStatus.Completed, null);
        }
        return new([.. completions.Select(item => Find(rows, item.Fence))], () => _index.FinishAsync(Ended(rows.Values)));
    }

    async Task<Committed<FinishedRow?>> FailAsync(IReadOnlyList<Failure> failures)
    {
        var rows = (await _store.FailAsync(failures, CancellationToken.None)).ToDictionary(row => row.Fence);
        foreach (var failure in failures.DistinctBy(item => item.Fence))
        {
            if (Find(rows, failure.Fence) is { } row)
            {
                await CountAsync(row, JobStatus.Failed, failure.Error.Category);
            }
        }
        return new([.. failures.Select(item => Find(rows, item.Fence))], () => _index.FinishFailedAsync(Ended(rows.Values)));
    }

    async ValueTask CountAsync(FinishedRow row, JobStatus status, string? errorCategory)
    {
        var lane = await _lanes.FindAsync(row.Lane);
        _telemetry.Ran(lane, row.Priority, row.FinishedAt - row.StartedAt);
        if (!row.Retried)
        {
            _telemetry.Finished(row.Id, lane, row.Priority, status, errorCategory, row.FinishedAt);
        }
    }

    static (Guid, int)[] Ended(IEnumerable<FinishedRow> rows) => [.. rows.Where(row => !row.Retried).Select(row => (row.Id, row.Lane))];

    static FinishedRow? Find(Dictionary<JobFence, FinishedRow> rows, JobFence fence) => rows.TryGetValue(fence, out var row) ? row : null;

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
