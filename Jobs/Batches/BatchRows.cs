using AiPlatform.Jobs.Store;
using Npgsql;

namespace AiPlatform.Jobs;

/// <summary>Reads what the statements of batches answer.</summary>
static class BatchRows
{
    /// <summary>The columns of <c>get_batch.sql</c>, by name.</summary>
    public static StoredBatch Read(NpgsqlDataReader row) => new()
    {
        Id = row.Get<Guid>("id"),
        OwnerService = row.Get<string>("owner_service"),
        OwnerRef = row.Text("owner_ref"),
        IdempotencyKey = row.Text("idempotency_key"),
        Endpoint = row.Get<string>("endpoint"),
        CompletionWindow = row.Get<string>("completion_window"),
        Metadata = row.Json("metadata"),
        Traceparent = row.Text("traceparent"),
        State = (BatchState)row.Get<short>("state"),
        InputFile = row.Get<Guid>("input_file"),
        OutputFile = row.Get<Guid>("output_file"),
        ErrorFile = row.Get<Guid>("error_file"),
        OutputTtl = row.IsDBNull(row.GetOrdinal("output_ttl")) ? null : row.Get<TimeSpan>("output_ttl"),
        Errors = row.Json("errors"),
        Total = row.Get<int>("total"),
        Given = row.Get<int>("given"),
        Completed = row.Get<int>("completed"),
        Failed = row.Get<int>("failed"),
        HasExpired = row.Get<bool>("has_expired"),
        OutputBytes = row.Get<long>("output_bytes"),
        ErrorBytes = row.Get<long>("error_bytes"),
        CreatedAt = row.Get<DateTimeOffset>("created_at"),
        ExpiresAt = row.Get<DateTimeOffset>("expires_at"),
        InProgressAt = row.Time("in_progress_at"),
        CancellingAt = row.Time("cancelling_at"),
        FinalizingAt = row.Time("finalizing_at"),
        EndedAt = row.Time("ended_at"),
        IsOverdue = row.Get<bool>("is_overdue"),
    };

    public static BatchLine ReadLine(NpgsqlDataReader row) => new(
        row.GetInt32(0), row.GetString(1), row.GetInt64(2), row.GetInt32(3), row.IsDBNull(4) ? null : row.GetGuid(4));
}
