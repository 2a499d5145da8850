using System.Text.Json;
using AiPlatform.Contracts;
using Npgsql;
using NpgsqlTypes;

namespace AiPlatform.Jobs.Store;

sealed partial class JobStore
{
    /// <summary>Records a result; null when the fence is stale or was recorded before, which <see cref="RecordedAsync"/> tells apart.</summary>
    public async Task<FinishedRow?> CompleteAsync(JobFence fence, JsonElement result, CancellationToken ct)
    {
        var rows = await database.QueryAsync(
            new Statement("complete_jobs")
                .With<Guid[]>([fence.Id])
                .With<Guid[]>([fence.LeaseToken])
                .With<string[]>([result.GetRawText()], NpgsqlDbType.Array | NpgsqlDbType.Json),
            row => ReadFinished(row, retried: false), ct);
        return rows.Count == 0 ? null : rows[0];
    }

    /// <summary>Records a failed attempt; null as for <see cref="CompleteAsync"/>.</summary>
    /// <param name="pauses">Before another attempt, by the number of the one that failed; the last holds for all that follow.</param>
    public async Task<FinishedRow?> FailAsync(JobFence fence, JobError error, bool retry, TimeSpan[] pauses, CancellationToken ct)
    {
        var rows = await database.QueryAsync(
            new Statement("fail_job")
                .With(fence.Id).With(fence.LeaseToken).With(error.Category).With(error.Message).With(retry)
                .With(pauses, NpgsqlDbType.Array | NpgsqlDbType.Interval),
            row => ReadFinished(row, row.GetBoolean(row.GetOrdinal("retried"))), ct);
        return rows.Count == 0 ? null : rows[0];
    }

    /// <summary>The status that the job has from this very fence, if the fence was its last one and has had its say; else null.</summary>
    public async Task<JobStatus?> RecordedAsync(JobFence fence, CancellationToken ct)
    {
        var rows = await database.QueryAsync(
            new Statement("recorded_outcome").With(fence.Id).With(fence.LeaseToken), row => (JobStatus)row.GetInt16(0), ct);
        return rows.Count == 0 ? null : rows[0];
    }

    /// <summary>Cancels those of the jobs that are not final; answers which.</summary>
    public Task<List<EndedRow>> CancelAsync(Guid[] ids, CancellationToken ct) =>
        database.QueryAsync(new Statement("cancel_jobs").With(ids), ReadEnded, ct);

    /// <summary>Makes failed jobs, and running ones if asked, pending; answers which. True means that it was running.</summary>
    public Task<List<(Guid Id, bool WasRunning)>> RetryAsync(Guid[] ids, bool alsoRunning, CancellationToken ct) =>
        database.QueryAsync(new Statement("retry_jobs").With(ids).With(alsoRunning), row => (row.GetGuid(0), row.GetBoolean(1)), ct);

    /// <summary>Takes jobs back whose lease ended; the flag says that a job was failed instead, having lost too many.</summary>
    public Task<List<EndedRow>> RescueAsync(Guid[] ids, CancellationToken ct) =>
        database.QueryAsync(new Statement("rescue_jobs").With(ids).With(options.Value.MaxRescues), ReadEnded, ct);

    /// <summary>Fails pending jobs whose deadline has passed; answers which.</summary>
    public Task<List<EndedRow>> ExpireAsync(Guid[] ids, CancellationToken ct) =>
        database.QueryAsync(new Statement("expire_jobs").With(ids), ReadEnded, ct);

    static EndedRow ReadEnded(NpgsqlDataReader row) =>
        new(row.GetGuid(0), row.GetInt32(1), row.GetBoolean(2), row.GetFieldValue<DateTimeOffset>(3));

    static FinishedRow ReadFinished(NpgsqlDataReader row, bool retried) => new(
        row.GetGuid(row.GetOrdinal("id")),
        row.GetInt32(row.GetOrdinal("lane")),
        retried,
        row.GetFieldValue<DateTimeOffset>(row.GetOrdinal("started_at")),
        row.GetFieldValue<DateTimeOffset>(row.GetOrdinal("finished_at")));
}

/// <param name="Retried">The job waits for another attempt.</param>
readonly record struct FinishedRow(Guid Id, int Lane, bool Retried, DateTimeOffset StartedAt, DateTimeOffset FinishedAt);

/// <param name="Flag">Of a cancelled job: it was running. Of a rescued one: it was failed for good.</param>
/// <param name="At">When, by the database's clock.</param>
readonly record struct EndedRow(Guid Id, int Lane, bool Flag, DateTimeOffset At);
