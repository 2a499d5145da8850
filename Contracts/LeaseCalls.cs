using System.ComponentModel.DataAnnotations;
using System.Text.Json;

namespace AiPlatform.Contracts;

/// <summary>Body of <c>POST /api/v1/jobs/{id}/heartbeat</c>.</summary>
public sealed record Heartbeat
{
    [Required]
    public Guid? LeaseToken { get; init; }

    /// <value>Default the service's WORKER_LEASE_TIMEOUT (15 min); 5 s to 24 h.</value>
    [Range(5, 86_400)]
    public int? LeaseSeconds { get; init; }

    /// <summary>Shown in the job and its events; at most 64 KiB. Left out, the last report stays.</summary>
    public JsonElement? Progress { get; init; }
}

/// <summary>Answer to a heartbeat.</summary>
/// <param name="LeaseExpiresAt">The new end of the lease; null when the job was cancelled.</param>
/// <param name="CancelRequested">True when the job was cancelled: stop working, there is nothing to report.</param>
public sealed record HeartbeatAnswer(DateTimeOffset? LeaseExpiresAt, bool CancelRequested);

/// <summary>Body of <c>POST /api/v1/jobs/{id}/complete</c>.</summary>
public sealed record CompleteJob
{
    [Required]
    public Guid? LeaseToken { get; init; }

    /// <summary>Any JSON value, stored as it is.</summary>
    [Required]
    public JsonElement? Result { get; init; }
}

/// <summary>Body of <c>POST /api/v1/jobs/{id}/fail</c>.</summary>
public sealed record FailJob
{
    [Required]
    public Guid? LeaseToken { get; init; }

    /// <summary>One of the service's categories, such as <c>provider_error</c>, or the worker's own word.</summary>
    [Required, StringLength(64), RegularExpression(Words.Printable, ErrorMessage = Words.PrintableMessage)]
    public string? Category { get; init; }

    [Required, StringLength(2000)]
    public string? Message { get; init; }

    /// <summary>Whether to try again while attempts remain.</summary>
    /// <value>Default by category; a word of the worker's own is retried.</value>
    public bool? Retry { get; init; }

    /// <summary>Seconds before the next attempt.</summary>
    /// <value>Default the service's backoff with jitter; 0 to 24 h.</value>
    [Range(0, 86_400)]
    public int? RetryAfterSeconds { get; init; }
}
