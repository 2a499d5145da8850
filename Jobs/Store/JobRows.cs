using System.Text.Json;
using AiPlatform.Contracts;
using Npgsql;

namespace AiPlatform.Jobs.Store;

/// <summary>How rows become views. Columns are read by name: the statements name them, and a wrong name fails in the first test.</summary>
static class JobRows
{
    public static JobView ReadView(NpgsqlDataReader row) => new()
    {
        Id = row.Get<Guid>("id"),
        TenantId = row.Text("tenant_id"),
        OwnerService = row.Get<string>("owner_service"),
        OwnerRef = row.Text("owner_ref"),
        TaskType = row.Get<string>("task_type"),
        ModelProfile = row.Get<string>("model_profile"),
        Priority = (JobPriority)row.Get<short>("priority"),
        Status = (JobStatus)row.Get<short>("status"),
        Attempt = row.Get<short>("attempt"),
        MaxAttempts = row.Get<short>("max_attempts"),
        Input = row.Json("input"),
        Result = row.Json("result"),
        Error = row.Text("error_category") is { } category ? new JobError(category, row.Text("error_message") ?? "") : null,
        Progress = row.Json("progress"),
        WorkerId = row.Text("worker_id"),
        LeaseExpiresAt = row.Time("lease_until"),
        RunAt = row.Time("run_at"),
        Deadline = row.Time("deadline"),
        CreatedAt = row.Get<DateTimeOffset>("created_at"),
        StartedAt = row.Time("started_at"),
        FinishedAt = row.Time("finished_at"),
    };

    public static ClaimRow ReadClaim(NpgsqlDataReader row) => ReadClaim(row, JobTrace.Read(row.Text("traceparent")));

    static ClaimRow ReadClaim(NpgsqlDataReader row, JobTrace trace) => new(
        new ClaimedJob
        {
            Id = row.Get<Guid>("id"),
            TenantId = row.Text("tenant_id"),
            OwnerService = row.Get<string>("owner_service"),
            OwnerRef = row.Text("owner_ref"),
            TaskType = row.Get<string>("task_type"),
            ModelProfile = row.Get<string>("model_profile"),
            Priority = (JobPriority)row.Get<short>("priority"),
            Status = JobStatus.Running,
            Attempt = row.Get<short>("attempt"),
            MaxAttempts = row.Get<short>("max_attempts"),
            Input = row.Json("input"),
            WorkerId = row.Text("worker_id"),
            LeaseExpiresAt = row.Time("lease_until"),
            RunAt = row.Time("run_at"),
            Deadline = row.Time("deadline"),
            CreatedAt = row.Get<DateTimeOffset>("created_at"),
            StartedAt = row.Time("started_at"),
            LeaseToken = row.Get<Guid>("lease_token"),
            Traceparent = trace.Traceparent,
            Tracestate = trace.Tracestate,
            IsAwaited = trace.IsAwaited,
            Preemptions = row.Get<short>("preemptions"),
            Waited = row.Get<DateTimeOffset>("started_at") - row.Get<DateTimeOffset>("runnable_at"),
            // Whatever makes a job pending again says anew from when on it may run.
            HasRunBefore = row.Get<DateTimeOffset>("runnable_at") > (row.Time("run_at") ?? row.Get<DateTimeOffset>("created_at")),
        },
        row.Get<DateTimeOffset>("runnable_at"));

    public static OpenRow ReadOpen(NpgsqlDataReader row) => new(
        row.Get<Guid>("id"), row.Get<long>("seq"), row.Get<int>("lane"), row.Get<short>("priority"), row.Get<short>("state") == 1,
        row.Get<long>("delay_ms"), row.Get<bool>("overdue"), row.Get<bool>("lease_expired"), row.Get<int>("owner"));

    public static T Get<T>(this NpgsqlDataReader row, string column) => row.GetFieldValue<T>(row.GetOrdinal(column));

    public static string? Text(this NpgsqlDataReader row, string column) =>
        row.GetOrdinal(column) is var i && row.IsDBNull(i) ? null : row.GetString(i);

    public static DateTimeOffset? Time(this NpgsqlDataReader row, string column) =>
        row.GetOrdinal(column) is var i && row.IsDBNull(i) ? null : row.GetFieldValue<DateTimeOffset>(i);

    public static JsonElement? Json(this NpgsqlDataReader row, string column) =>
        row.GetOrdinal(column) is var i && row.IsDBNull(i) ? null : JsonElement.Parse(row.GetString(i));
}

/// <param name="RunnableAt">When the job could have started: its submission, its run_at or the end of a pause.</param>
sealed record ClaimRow(ClaimedJob Job, DateTimeOffset RunnableAt);

/// <summary>An open job as the index sees it.</summary>
/// <param name="DelayMs">Milliseconds until it may start; 0 for now.</param>
/// <param name="Overdue">Its deadline has passed.</param>
/// <param name="Owner">The id of its owner service.</param>
readonly record struct OpenRow(Guid Id, long Seq, int Lane, short Priority, bool Running, long DelayMs, bool Overdue, bool LeaseExpired, int Owner);
