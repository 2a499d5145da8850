using System.Globalization;
using AiPlatform.Contracts;
using AiPlatform.Jobs.Batching;
using AiPlatform.Jobs.Index;
using AiPlatform.Jobs.Store;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AiPlatform.Jobs;

/// <summary>The queue as its callers see it: Postgres says what is so, Redis says what is next. Every method that touches the store throws
/// <see cref="StoreUnavailableException"/> while Postgres is away; while Redis is away everything goes on from Postgres.</summary>
public sealed partial class JobQueue
{
    /// <summary>Where more are in workers' hands, the running ones are looked for among all open ones.</summary>
    const int MostTaken = 10_000;

    readonly JobStore _store;
    readonly JobWrites _writes;
    readonly LaneDirectory _lanes;
    readonly ReadyIndex _index;
    readonly QueueSurvey _survey;
    readonly IndexRepair _repair;
    readonly JobBell _bell;
    readonly RedisLink _link;
    readonly JobEvents _events;
    readonly JobsTelemetry _telemetry;
    readonly OutcomeLog _outcomes;
    readonly IOptions<JobsOptions> _options;
    readonly TimeProvider _time;
    readonly ILogger<JobQueue> _log;

    internal JobQueue(
        JobStore store, JobWrites writes, LaneDirectory lanes, ReadyIndex index, QueueSurvey survey, IndexRepair repair, JobBell bell, RedisLink link,
        JobEvents events, JobsTelemetry telemetry, OutcomeLog outcomes, IOptions<JobsOptions> options, TimeProvider time, ILogger<JobQueue> log)
    {
        (_store, _writes, _lanes, _index, _survey, _repair, _bell, _link) = (store, writes, lanes, index, survey, repair, bell, link);
        (_events, _telemetry, _outcomes, _options, _time, _log) = (events, telemetry, outcomes, options, time, log);
    }

    /// <summary>Raised when some process cancelled a running job, retried it or took it back: whoever runs it should stop at once.
    /// Only a hint, which comes early: the next renewal says for certain. Raised on any thread.</summary>
    public event Action<Guid>? JobStopped
    {
        add => _bell.Stopped += value;
        remove => _bell.Stopped -= value;
    }

    /// <summary>True while Redis is away.</summary>
    public bool IsDegraded => _link.IsAway;

    /// <summary>The same as <see cref="SubmitAsync(IReadOnlyList{NewJob}, CancellationToken)"/> for a caller.</summary>
    /// <exception cref="OwnerNotAllowedException">A job is not of an owner of the scope, or its owner is another tenant's: nothing is stored.</exception>
    public async Task<IReadOnlyList<SubmitOutcome>> SubmitAsync(JobScope scope, IReadOnlyList<NewJob> jobs, CancellationToken ct)
    {
        await _store.BindOwnersAsync(scope, jobs.Select(job => job.OwnerService), ct);
        return await SubmitAsync(scope.Tenant is { } tenant ? [.. jobs.Select(job => job with { BoundTo = tenant })] : jobs, ct);
    }

    /// <summary>Commits the jobs, all or none, and then shows them to workers. On any <see cref="SubmitResult.KeyConflict"/> nothing is
    /// stored.</summary>
    public async Task<IReadOnlyList<SubmitOutcome>> SubmitAsync(IReadOnlyList<NewJob> jobs, CancellationToken ct)
    {
        using var span = JobsTelemetry.StartSending(jobs);
        jobs = Traced(jobs);
        try
        {
            return await CommitAsync(jobs, ct);
        }
        catch (Exception failure)
        {
            JobsTelemetry.Failed(span, failure);
            throw;
        }
    }

    async Task<IReadOnlyList<SubmitOutcome>> CommitAsync(IReadOnlyList<NewJob> jobs, CancellationToken ct)
    {
        // Of several jobs with keys none may be stored when one is refused: they are alone in their transaction.
        var alone = jobs.Count > Batcher<NewJob, SubmitOutcome>.MostRows || (jobs.Count > 1 && jobs.Any(job => job.IdempotencyKey is not null));
        if (!alone)
        {
            return await _writes.Submit.AddAsync(jobs, ct);
        }
        var submission = await _store.SubmitAllAsync(jobs, ct);
        _writes.Count(jobs, submission);
        await _writes.ShowAsync(submission);
        return submission.Outcomes;
    }

    /// <summary>Of jobs that are yet to be submitted, the ids of those whose idempotency keys are taken: they will not be stored.</summary>
    public Task<HashSet<Guid>> WithTakenKeysAsync(JobScope scope, IReadOnlyList<NewJob> jobs, CancellationToken ct) => _store.WithTakenKeysAsync(scope, jobs, ct);

    /// <summary>With the trace context of this submission, where they have none of their own.</summary>
    static IReadOnlyList<NewJob> Traced(IReadOnlyList<NewJob> jobs)
    {
        var (traceparent, tracestate) = JobTrace.Current;
        return traceparent is null
            ? jobs
            : [.. jobs.Select(job => job.Traceparent is null ? job with { Traceparent = traceparent, Tracestate = tracestate } : job)];
    }

    /// <summary>The job with its input and result; null where there is none.</summary>
    public async Task<JobView?> GetAsync(JobScope scope, Guid id, CancellationToken ct)
    {
        var job = await _store.GetAsync(scope, id, ct);
        return job is { Status: JobStatus.Pending } && _lanes.Find(new LaneKey(job.TaskType, job.ModelProfile)) is { } lane
            ? job with { Position = await _index.PositionAsync(lane, id) }
            : job;
    }

    /// <summary>What is to be done of the job, which never changes; null where there is none.</summary>
    public async Task<string?> TaskTypeAsync(Guid id, CancellationToken ct) => (await _store.FindAsync(JobScope.All, [id], ct)).FirstOrDefault().TaskType;

    /// <summary>Those of the jobs that there are, in no order and without their inputs and positions.</summary>
    public async Task<IReadOnlyList<JobView>> OutcomesAsync(Guid[] ids, CancellationToken ct) => await _store.OutcomesAsync(ids, ct);

    /// <summary>A page of the jobs that match, newest first.</summary>
    /// <param name="cursor">The last page's <see cref="JobPage.NextCursor"/>; null for the first page. Anything else is a
    /// <see cref="FormatException"/>.</param>
    public async Task<JobPage> ListAsync(JobScope scope, JobFilter filter, string? cursor, int limit, CancellationToken ct)
    {
        var before = cursor is null ? JobStore.LastId : Guid.ParseExact(cursor, "N");
        var jobs = await FindAsync(scope, filter, before, limit + 1, ct);
        return jobs.Count > limit
            ? new JobPage(jobs[..limit], jobs[limit - 1].Id.ToString("N", CultureInfo.InvariantCulture))
            : new JobPage(jobs, null);
    }

    /// <summary>Few of the open jobs run and few of those that are kept are open: each status is looked for where little else is.</summary>
    async Task<List<JobView>> FindAsync(JobScope scope, JobFilter filter, Guid before, int limit, CancellationToken ct) => filter.Status switch
    {
        JobStatus.Running => await _store.ListOpenAsync(scope, filter, before, limit, await RunningAmongAsync(ct), ct),
        JobStatus.Pending => await _store.ListOpenAsync(scope, filter, before, limit, candidates: null, ct),
        _ => await _store.ListAsync(scope, filter, before, limit, ct),
    };

    /// <summary>Ids among which all running jobs are; null where the index cannot tell, or knows of fewer than there are.</summary>
    async Task<Guid[]?> RunningAmongAsync(CancellationToken ct) =>
        await _index.TakenAsync(MostTaken) is { } taken
        && taken.Length >= (await _survey.TalliesAsync(JobScope.All, ct)).Where(row => row.Status is JobStatus.Running).Sum(row => row.Jobs) ? taken : null;

    /// <summary>How many jobs wait.</summary>
    public async Task<long> WaitingAsync(JobScope scope, CancellationToken ct) =>
        (await _survey.TalliesAsync(scope, ct)).Where(row => row.Status is JobStatus.Pending).Sum(row => row.Jobs);

    /// <summary>The mean duration of a lane's completed runs among the last jobs of all that have ended; null where there are none.</summary>
    public async Task<TimeSpan?> RecentRunAsync(string taskType, string modelProfile, CancellationToken ct) =>
        _lanes.Find(new LaneKey(taskType, modelProfile)) is { } lane ? await _store.RecentRunAsync(lane, ct) : null;

    /// <summary>What stands where, at a cost that follows lanes and owners and not the jobs.</summary>
    public async Task<QueueStats> StatsAsync(JobScope scope, CancellationToken ct)
    {
        var tallies = await _survey.TalliesAsync(scope, ct);
        var depth = await _survey.DepthAsync(scope, tallies, ct);
        return QueueCounts.Summarize(tallies, depth, await _store.HaltsAsync(ct), IsDegraded);
    }
}
