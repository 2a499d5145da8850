using AiPlatform.Contracts;
using Npgsql;
using NpgsqlTypes;

namespace AiPlatform.Jobs.Store;

sealed partial class JobStore
{
    /// <summary>The largest id there can be.</summary>
    public static readonly Guid LastId = new("ffffffff-ffff-ffff-ffff-ffffffffffff");

    public async Task<JobView?> GetAsync(JobScope scope, Guid id, CancellationToken ct)
    {
        var rows = await database.QueryAsync(new Statement("get_jobs").Pinned().With((Guid[])[id]).Of(scope), JobRows.ReadView, ct);
        return rows.Count == 0 ? null : rows[0];
    }

    /// <summary>Those of the jobs that are in the scope. A job never changes its owner: what follows may go by these ids.</summary>
    public async Task<Guid[]> OwnAsync(JobScope scope, Guid[] ids, CancellationToken ct) => scope.IsAll
        ? ids
        : [.. (await FindAsync(scope, ids, ct)).Select(job => job.Id)];

    /// <summary>Those of the jobs that are in the scope, with their task types, which they never change either.</summary>
    public Task<List<(Guid Id, string TaskType)>> FindAsync(JobScope scope, Guid[] ids, CancellationToken ct) =>
        database.QueryAsync(new Statement("find_jobs").Pinned().With(ids).Of(scope), row => (row.GetGuid(0), row.GetString(1)), ct);

    /// <summary>Those of the jobs that there are, in no order and without their inputs.</summary>
    public Task<List<JobView>> OutcomesAsync(Guid[] ids, CancellationToken ct) =>
        database.QueryAsync(new Statement("get_outcomes").Pinned().With(ids), JobRows.ReadView, ct);

    /// <summary>The job without its input.</summary>
    public async Task<JobView?> WatchAsync(JobScope scope, Guid id, CancellationToken ct)
    {
        var rows = await database.QueryAsync(new Statement("watch_job").Pinned().With(id).Of(scope), JobRows.ReadView, ct);
        return rows.Count == 0 ? null : rows[0];
    }

    /// <summary>Jobs that match, newest first, without input and result.</summary>
    /// <param name="before">Only older ones than this id.</param>
    public Task<List<JobView>> ListAsync(JobScope scope, JobFilter filter, Guid before, int limit, CancellationToken ct) =>
        database.QueryAsync(Matching("list_jobs", scope, filter, before, limit), JobRows.ReadView, ct);

    /// <summary>The same of those that are not final.</summary>
    /// <param name="candidates">Looks at no others; null for all.</param>
    public Task<List<JobView>> ListOpenAsync(JobScope scope, JobFilter filter, Guid before, int limit, Guid[]? candidates, CancellationToken ct) =>
        database.QueryAsync(
            Matching("list_open_jobs", scope, filter, before, limit).WithNullable(candidates, NpgsqlDbType.Array | NpgsqlDbType.Uuid), JobRows.ReadView, ct);

    /// <summary>Ids of jobs that match and are not final, newest first.</summary>
    public Task<List<Guid>> OpenMatchingAsync(JobScope scope, JobFilter filter, Guid before, int limit, CancellationToken ct) =>
        database.QueryAsync(Matching("matching_open", scope, filter, before, limit), row => row.GetGuid(0), ct);

    /// <summary>Ids of jobs that match and have failed, newest first; the filter's status is not looked at.</summary>
    public Task<List<Guid>> FailedMatchingAsync(JobScope scope, JobFilter filter, Guid before, int limit, CancellationToken ct) =>
        database.QueryAsync(Matching("matching_failed", scope, filter with { Status = JobStatus.Failed }, before, limit), row => row.GetGuid(0), ct);

    /// <summary>The trace contexts of those of the jobs that were created within one.</summary>
    public async Task<Dictionary<Guid, JobTrace>> TracesAsync(Guid[] ids, CancellationToken ct) =>
        (await database.QueryAsync(new Statement("traces").With(ids), row => (Id: row.GetGuid(0), Trace: JobTrace.Read(row.GetString(1))), ct))
        .ToDictionary(row => row.Id, row => row.Trace);

    /// <summary>Those of the jobs that are open, as the index should show them.</summary>
    public Task<List<OpenRow>> OpenAsync(Guid[] ids, CancellationToken ct) =>
        database.QueryAsync(new Statement("open_rows").Pinned().With(ids), JobRows.ReadOpen, ct);

    /// <summary>A page of the open jobs with ids after one, by id.</summary>
    public Task<List<OpenRow>> OpenPageAsync(Guid after, int limit, CancellationToken ct) =>
        database.QueryAsync(new Statement("open_rows_page").Pinned().With(after).With(limit), JobRows.ReadOpen, ct);

    /// <summary>Running jobs whose lease has ended, found by reading all open ones.</summary>
    public Task<List<Guid>> ExpiredLeasesAsync(int limit, CancellationToken ct) =>
        database.QueryAsync(new Statement("expired_leases").With(limit), row => row.GetGuid(0), ct);

    /// <summary>Waiting jobs whose deadline has passed.</summary>
    public Task<List<Guid>> OverdueAsync(int limit, CancellationToken ct) =>
        database.QueryAsync(new Statement("overdue_ids").With(limit), row => row.GetGuid(0), ct);

    /// <summary>How many jobs stand where.</summary>
    public Task<List<TallyRow>> TalliesAsync(JobScope scope, CancellationToken ct) =>
        database.QueryAsync(new Statement("job_tallies").Of(scope), row => new TallyRow(
            (JobStatus)row.GetInt16(0), new LaneKey(row.GetString(1), row.GetString(2)), row.GetString(3), (JobPriority)row.GetInt16(4),
            row.IsDBNull(5) ? null : row.GetString(5), row.GetInt64(6)), ct);

    /// <summary>How long the longest wait is among the jobs that may start, by lane and priority.</summary>
    public Task<List<WaitRow>> LongestWaitsAsync(Guid[] ids, CancellationToken ct) =>
        database.QueryAsync(new Statement("oldest_waiting").With(ids), ReadWait, ct);

    /// <summary>The same of the first jobs of each lane and priority, found without the index.</summary>
    public Task<List<WaitRow>> LongestWaitsAsync(int head, CancellationToken ct) =>
        database.QueryAsync(new Statement("oldest_in_order").With(head), ReadWait, ct);

    /// <summary>The same of the first jobs that are in the scope, where there are any.</summary>
    public Task<List<WaitRow>> LongestWaitsAsync(
        JobScope scope, IReadOnlyList<(LaneKey Lane, JobPriority Priority)> among, int head, CancellationToken ct) => database.QueryAsync(
        new Statement("oldest_of_owners").PlannedEachTime()
            .With(among.Select(place => place.Lane.TaskType).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text)
            .With(among.Select(place => place.Lane.ModelProfile).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text)
            .With(among.Select(place => (short)place.Priority).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Smallint)
            .With(head).Of(scope),
        ReadWait, ct);

    public async Task<TimeSpan?> RecentRunAsync(int lane, CancellationToken ct) => (await database.QueryAsync(
        new Statement("recent_run").With(lane), row => row.IsDBNull(0) ? (TimeSpan?)null : TimeSpan.FromSeconds(row.GetDouble(0)), ct))[0];

    /// <summary>How long completed runs take on average, by lane: the latest, where there are any, else all that are kept.</summary>
    public Task<List<(LaneKey Lane, double Seconds)>> RecentRunsAsync(CancellationToken ct) =>
        database.QueryAsync(new Statement("recent_runs"), row => (new LaneKey(row.GetString(0), row.GetString(1)), row.GetDouble(2)), ct);

    static WaitRow ReadWait(NpgsqlDataReader row) =>
        new(new LaneKey(row.GetString(0), row.GetString(1)), (JobPriority)row.GetInt16(2), row.GetDouble(3));

    static Statement Matching(string file, JobScope scope, JobFilter filter, Guid before, int limit) => new Statement(file).PlannedEachTime()
        .With(before)
        .With(limit)
        .WithNullable(filter.OwnerService, NpgsqlDbType.Text)
        .WithNullable(filter.OwnerRef, NpgsqlDbType.Text)
        .WithNullable(filter.TaskType, NpgsqlDbType.Text)
        .WithNullable(filter.ModelProfile, NpgsqlDbType.Text)
        .WithNullable((short?)filter.Status, NpgsqlDbType.Smallint)
        .WithNullable((short?)filter.Priority, NpgsqlDbType.Smallint)
        .WithNullable(filter.ErrorCategory, NpgsqlDbType.Text)
        .WithNullable(filter.CreatedAfter?.ToUniversalTime(), NpgsqlDbType.TimestampTz)
        .WithNullable(filter.CreatedBefore?.ToUniversalTime(), NpgsqlDbType.TimestampTz)
        .Of(scope);
}

/// <param name="Priority">0 for final jobs.</param>
/// <param name="ErrorCategory">Of failed jobs.</param>
readonly record struct TallyRow(JobStatus Status, LaneKey Lane, string Owner, JobPriority Priority, string? ErrorCategory, long Jobs);

/// <param name="Seconds">Since the moment it could have started.</param>
readonly record struct WaitRow(LaneKey Lane, JobPriority Priority, double Seconds);
