using AiPlatform.Contracts;
using AiPlatform.Jobs.Batching;
using Npgsql;
using NpgsqlTypes;

namespace AiPlatform.Jobs.Store;

sealed partial class JobStore
{
    /// <summary>Records results; a fence that is missing is stale or had its say before, which <see cref="RecordedAsync"/> tells apart.</summary>
    public Task<List<FinishedRow>> CompleteAsync(IReadOnlyList<Completion> completions, CancellationToken ct)
    {
        Completion[] inOrder = [.. completions.OrderBy(item => item.Fence.Id)];
        return database.QueryAsync(
            new Statement("complete_jobs").Pinned()
                .With(inOrder.Select(item => item.Fence.Id).ToArray())
                .With(inOrder.Select(item => item.Fence.LeaseToken).ToArray())
                .With(inOrder.Select(item => item.Result.GetRawText()).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Json),
            row => ReadFinished(row, retried: false), ct);
    }

    /// <summary>Records failed attempts; what is missing is as for <see cref="CompleteAsync"/>.</summary>
    public Task<List<FinishedRow>> FailAsync(IReadOnlyList<Failure> failures, CancellationToken ct) =>
        database.QueryAsync(
            new Statement("fail_jobs").Pinned()
                .With(failures.Select(item => item.Fence.Id).ToArray())
                .With(failures.Select(item => item.Fence.LeaseToken).ToArray())
                .With(failures.Select(item => item.Error.Category).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text)
                .With(failures.Select(item => item.Error.Message).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text)
                .With(failures.Select(item => item.Retry).ToArray())
                .With(failures.Select(item => item.Pause).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Interval)
                .With(RetryBackoff.Series(options.Value.RetryDelay), NpgsqlDbType.Array | NpgsqlDbType.Interval),
            row => ReadFinished(row, row.GetBoolean(row.GetOrdinal("retried"))), ct);

    /// <summary>The status that the job has from this very fence, if the fence was its last one and has had its say; else null.</summary>
    public async Task<JobStatus?> RecordedAsync(JobFence fence, CancellationToken ct)
    {
        var rows = await database.QueryAsync(
            new Statement("recorded_outcome").Pinned().With(fence.Id).With(fence.LeaseToken), row => (JobStatus)row.GetInt16(0), ct);
        return rows.Count == 0 ? null : rows[0];
    }

    /// <summary>Cancels those of the jobs that are not final; answers which.</summary>
    public Task<List<EndedRow>> CancelAsync(Guid[] ids, CancellationToken ct) =>
        database.QueryAsync(new Statement("cancel_jobs").Pinned().With(ids), ReadEnded, ct);

    /// <summary>Makes failed jobs, and running ones if asked, pending; answers which. True means that it was running.</summary>
    public Task<List<(Guid Id, bool WasRunning)>> RetryAsync(Guid[] ids, bool alsoRunning, CancellationToken ct) =>
        database.QueryAsync(new Statement("retry_jobs").Pinned().With(ids).With(alsoRunning), row => (row.GetGuid(0), row.GetBoolean(1)), ct);

    /// <summary>Takes jobs back whose lease ended; the flag says that a job was failed instead, having lost too many.</summary>
    public Task<List<EndedRow>> RescueAsync(Guid[] ids, CancellationToken ct) =>
        database.QueryAsync(new Statement("rescue_jobs").Pinned().With(ids).With(options.Value.MaxRescues), ReadEnded, ct);

    /// <summary>Fails pending jobs whose deadline has passed; answers which.</summary>
    public Task<List<EndedRow>> ExpireAsync(Guid[] ids, CancellationToken ct) =>
        database.QueryAsync(new Statement("expire_jobs").Pinned().With(ids), ReadEnded, ct);

    static EndedRow ReadEnded(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetInt32(1), row.GetBoolean(2), row.GetFieldValue<DateTimeOffset>(3), (JobPriority)row.GetInt16(4), row.GetInt16(5),
        row.IsDBNull(6) ? null : row.GetFieldValue<DateTimeOffset>(6));

    static FinishedRow ReadFinished(NpgsqlDataReader row, bool retried) => new(
        new JobFence(row.GetGuid(row.GetOrdinal("id")), row.GetGuid(row.GetOrdinal("lease_token"))),
        row.GetInt32(row.GetOrdinal("lane")),
        (JobPriority)row.GetInt16(row.GetOrdinal("priority")),
        row.GetInt16(row.GetOrdinal("attempt")),
        retried,
        row.GetFieldValue<DateTimeOffset>(row.GetOrdinal("started_at")),
        row.GetFieldValue<DateTimeOffset>(row.GetOrdinal("finished_at")));
}

/// <param name="Retried">The job waits for another attempt.</param>
readonly record struct FinishedRow(
    JobFence Fence, int Lane, JobPriority Priority, int Attempt, bool Retried, DateTimeOffset StartedAt, DateTimeOffset FinishedAt)
{
    public Guid Id => Fence.Id;
}

/// <param name="Flag">Of a cancelled job: it was running. Of a rescued one: it was failed for good.</param>
/// <param name="At">When, by the database's clock.</param>
/// <param name="Attempt">The one that ran, or how many had run where none did.</param>
/// <param name="RanSince">Null where it was not running.</param>
readonly record struct EndedRow(Guid Id, int Lane, bool Flag, DateTimeOffset At, JobPriority Priority, int Attempt, DateTimeOffset? RanSince);
