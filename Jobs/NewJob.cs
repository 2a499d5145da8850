using System.Text.Json;
using AiPlatform.Contracts;

namespace AiPlatform.Jobs;

/// <summary>A job to be submitted; every value has been checked.</summary>
public sealed record NewJob
{
    /// <summary>A UUID of version 7, chosen by the submitter so that it can listen for the end before the job exists.</summary>
    public Guid Id { get; init; } = Guid.CreateVersion7();

    public string? TenantId { get; init; }
    public required string OwnerService { get; init; }
    public string? OwnerRef { get; init; }
    public required string TaskType { get; init; }
    public required string ModelProfile { get; init; }
    public JobPriority Priority { get; init; } = JobPriority.Normal;

    /// <value>Default 3.</value>
    public int MaxAttempts { get; init; } = 3;

    public required JsonElement Input { get; init; }

    /// <summary>What the idempotency key stands for in place of <see cref="Input"/>, where that differs with each try of one call; null where it does not.</summary>
    public JsonElement? AsAsked { get; init; }

    /// <summary>Null to start at once.</summary>
    public DateTimeOffset? RunAt { get; init; }

    public DateTimeOffset? Deadline { get; init; }
    public string? IdempotencyKey { get; init; }
    public Uri? CallbackUrl { get; init; }

    /// <summary>Null for the default retention, <see cref="JobsOptions.Retention"/>.</summary>
    public TimeSpan? ResultTtl { get; init; }

    /// <summary>W3C trace context to carry to the worker; null for that of the submission.</summary>
    public string? Traceparent { get; init; }

    /// <summary>What goes with <see cref="Traceparent"/>.</summary>
    public string? Tracestate { get; init; }

    /// <summary>The tenant that the owner service must be bound to when the job is stored; null where that is not looked at.</summary>
    internal string? BoundTo { get; init; }

    /// <summary>Whether the submitter waits for the end: the first run then belongs to its trace. Others have a trace of their own, with a link.</summary>
    /// <value>Default false.</value>
    public bool IsAwaited { get; init; }

    /// <summary>The job as a read would show it right after its creation, without its place in the line: nothing has happened to it yet, so
    /// nothing has to be read.</summary>
    public JobView AsCreated(DateTimeOffset createdAt) => new()
    {
        Id = Id,
        TenantId = TenantId,
        OwnerService = OwnerService,
        OwnerRef = OwnerRef,
        TaskType = TaskType,
        ModelProfile = ModelProfile,
        Priority = Priority,
        Status = JobStatus.Pending,
        Attempt = 0,
        MaxAttempts = MaxAttempts,
        Input = Input,
        RunAt = AsStored(RunAt),
        Deadline = AsStored(Deadline),
        CreatedAt = createdAt,
    };

    /// <summary>Postgres keeps microseconds.</summary>
    static DateTimeOffset? AsStored(DateTimeOffset? time) =>
        time is { } given ? given.ToUniversalTime().AddTicks(-(given.Ticks % TimeSpan.TicksPerMicrosecond)) : null;
}

public enum SubmitResult
{
    /// <summary>The job is new and committed.</summary>
    Created,

    /// <summary>The same owner submitted the same job under the same idempotency key before; the id is that job's.</summary>
    Known,

    /// <summary>The same owner used the idempotency key for another job. Nothing of the submission was stored.</summary>
    KeyConflict,
}

/// <param name="CreatedAt">By the database's clock; null unless the job was created.</param>
public readonly record struct SubmitOutcome(Guid Id, SubmitResult Result, DateTimeOffset? CreatedAt = null);
