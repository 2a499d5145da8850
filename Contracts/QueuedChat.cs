using System.Text.Json;

namespace AiPlatform.Contracts;

/// <summary>A chat that nobody waits for: answer of <c>POST /queue/jobs</c> and of <c>GET</c> and <c>DELETE /queue/jobs/{id}</c>.</summary>
public sealed record QueuedChat
{
    public required Guid Id { get; init; }
    public required JobStatus Status { get; init; }

    /// <summary>Place in its line, 1 being the next to start; null unless the job waits, and in the answer that creates it.</summary>
    public long? Position { get; init; }

    /// <summary>Seconds until it may start, by the recent runs of its kind; a guess. Null where there is no position, nothing has run lately, no built-in
    /// worker serves it, or the queue is halted.</summary>
    public double? ExpectedWaitSeconds { get; init; }

    /// <summary>The model profile.</summary>
    public required string Model { get; init; }

    public required JobPriority Priority { get; init; }

    /// <summary><see cref="ChatResult"/>; null until completed.</summary>
    public JsonElement? Result { get; init; }

    /// <summary>The reason of failure; on a pending job, that of the last attempt.</summary>
    public JobError? Error { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }

    public static QueuedChat Of(JobView job, double? expectedWaitSeconds = null) => new()
    {
        Id = job.Id,
        Status = job.Status,
        Position = job.Position,
        ExpectedWaitSeconds = expectedWaitSeconds,
        Model = job.ModelProfile,
        Priority = job.Priority,
        Result = job.Result,
        Error = job.Error,
        CreatedAt = job.CreatedAt,
        StartedAt = job.StartedAt,
        FinishedAt = job.FinishedAt,
    };
}
