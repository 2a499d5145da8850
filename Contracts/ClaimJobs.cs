using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace AiPlatform.Contracts;

/// <summary>Body of <c>POST /api/v1/jobs/claim</c>: an external worker asks for work.</summary>
public sealed record ClaimJobs
{
    public const int MostJobs = 1_000;

    [Required, StringLength(128), RegularExpression(Words.Printable, ErrorMessage = Words.PrintableMessage)]
    public string? WorkerId { get; init; }

    /// <summary>The task types it can do; at least one.</summary>
    [Required, Length(1, 100), EachWord(128)]
    public IReadOnlyList<string>? TaskTypes { get; init; }

    /// <summary>The profiles it can run; none means every profile.</summary>
    [Length(0, 100), EachWord(128)]
    public IReadOnlyList<string>? ModelProfiles { get; init; }

    /// <value>Default 1: ask only for what can start now.</value>
    [Range(1, MostJobs)]
    public int? Limit { get; init; }

    /// <summary>Seconds the lease holds without a heartbeat.</summary>
    /// <value>Default the service's WORKER_LEASE_TIMEOUT (15 min); 5 s to 24 h.</value>
    [Range(5, 86_400)]
    public int? LeaseSeconds { get; init; }

    /// <summary>How long to wait for work, such as <c>20s</c>.</summary>
    /// <value>Default: answer at once; at most 60 s.</value>
    [StringLength(32)]
    public string? Wait { get; init; }
}

/// <summary>Answer to a claim, highest priority and oldest first; empty when nothing waits.</summary>
public sealed record ClaimedJobs(IReadOnlyList<ClaimedJob> Jobs);

/// <summary>A job with the fence its worker must present.</summary>
public sealed record ClaimedJob : JobView
{
    /// <summary>Unique per claim. Heartbeat, complete and fail must present it; after the lease is lost it changes nothing.</summary>
    public required Guid LeaseToken { get; init; }

    /// <summary>W3C trace context of the request that created the job; null where it had none.</summary>
    public string? Traceparent { get; init; }

    /// <summary>W3C trace state that goes with <see cref="Traceparent"/>; null where there was none.</summary>
    public string? Tracestate { get; init; }

    /// <summary>Whether its creator waits for the end, and so a first run belongs to the creator's trace.</summary>
    [JsonIgnore]
    public bool IsAwaited { get; init; }

    /// <summary>How many of its runs were aborted for a job of higher priority.</summary>
    public int Preemptions { get; init; }

    /// <summary>From when on it could have started to its start.</summary>
    [JsonIgnore]
    public TimeSpan Waited { get; init; }

    /// <summary>Whether an earlier run of it ended without an outcome that was final.</summary>
    [JsonIgnore]
    public bool HasRunBefore { get; init; }
}
