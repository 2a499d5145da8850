using System.Text.Json;

namespace AiPlatform.Contracts;

/// <summary>A job as every route answers it. All times are UTC, taken from the database's clock.</summary>
public record JobView
{
    /// <summary>A UUID of version 7: ids sort by creation time.</summary>
    public required Guid Id { get; init; }

    public string? TenantId { get; init; }

    /// <summary>The service that owns the job.</summary>
    public required string OwnerService { get; init; }

    /// <summary>The owner's own reference, such as a call or ticket id.</summary>
    public string? OwnerRef { get; init; }

    /// <summary>What is to be done. Together with <c>model_profile</c> it is the job's lane.</summary>
    public required string TaskType { get; init; }

    /// <summary>On which model, in the caller's words; <c>default</c> where the caller named none.</summary>
    public required string ModelProfile { get; init; }

    public required JobPriority Priority { get; init; }
    public required JobStatus Status { get; init; }

    /// <summary>Place in the lane, 1 being the next to start; null unless the job is waiting, while the index is rebuilt, in lists, and in the answer that
    /// creates the job.</summary>
    public long? Position { get; init; }

    /// <summary>How many attempts ran or are running. Shutdown, preemption and a lost lease give theirs back.</summary>
    public required int Attempt { get; init; }

    public required int MaxAttempts { get; init; }

    /// <summary>Owned by caller and worker; null in lists.</summary>
    public JsonElement? Input { get; init; }

    /// <summary>Owned by worker and caller; null until completed, and in lists.</summary>
    public JsonElement? Result { get; init; }

    /// <summary>The reason of failure; on a pending job, that of the last attempt.</summary>
    public JobError? Error { get; init; }

    /// <summary>What the worker last reported with a heartbeat; null between attempts.</summary>
    public JsonElement? Progress { get; init; }

    public string? WorkerId { get; init; }
    public DateTimeOffset? LeaseExpiresAt { get; init; }

    /// <summary>Not started before this time; null where it may start at once.</summary>
    public DateTimeOffset? RunAt { get; init; }

    /// <summary>Never started after this time; null for none.</summary>
    public DateTimeOffset? Deadline { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Start of the last attempt.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }
}
