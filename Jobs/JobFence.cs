using System.Text.Json;
using AiPlatform.Contracts;

namespace AiPlatform.Jobs;

/// <summary>What a worker presents with everything it says of a job. A token is given to one claim only and never again.</summary>
public readonly record struct JobFence(Guid Id, Guid LeaseToken)
{
    public static JobFence Of(ClaimedJob job) => new(job.Id, job.LeaseToken);
}

/// <summary>A request for work.</summary>
/// <param name="TaskTypes">At least one.</param>
/// <param name="ModelProfiles">Empty for every profile.</param>
/// <param name="Limit">At most this many jobs: ask only for what can start now.</param>
/// <param name="Lease">How long the lease holds without renewal.</param>
/// <param name="Wait">How long to wait for the first job; zero to answer at once.</param>
/// <param name="Above">Only jobs of a higher priority than this, for a worker that would have to abort a run of this priority; null for all.</param>
/// <param name="Lowest">By profile, for a worker that has no room for less urgent jobs: only jobs of this priority or a higher one. Of a profile that is
/// not named any may be claimed. Null for any of all.</param>
/// <param name="Until">Ends the wait early, without a job: what the worker can start has changed. Null to wait for jobs only.</param>
public sealed record ClaimRequest(
    string WorkerId, IReadOnlyList<string> TaskTypes, IReadOnlyList<string> ModelProfiles, int Limit, TimeSpan Lease, TimeSpan Wait,
    JobPriority? Above = null, IReadOnlyDictionary<string, JobPriority>? Lowest = null, Task? Until = null)
{
    /// <summary>Only jobs of the profile with smaller priority numbers than this.</summary>
    internal short BelowOf(string profile)
    {
        var below = Above is { } priority ? (short)priority : short.MaxValue;
        return Lowest is not null && Lowest.TryGetValue(profile, out var lowest) && (short)lowest < below ? (short)(lowest + 1) : below;
    }
}

/// <summary>A worker's sign of life for one job.</summary>
/// <param name="Lease">How long the lease is to hold from now.</param>
/// <param name="Progress">What to show in the job; null keeps the last report.</param>
public readonly record struct Renewal(JobFence Fence, TimeSpan Lease, JsonElement? Progress);

/// <summary>What became of a renewal.</summary>
/// <param name="LeaseUntil">The new end of the lease, by the database's clock; null unless renewed.</param>
/// <param name="StartedAt">When the attempt began, by the same clock; null unless renewed.</param>
public readonly record struct RenewOutcome(RenewResult Result, DateTimeOffset? LeaseUntil, DateTimeOffset? StartedAt = null);

public enum RenewResult
{
    Renewed,

    /// <summary>The job was cancelled: stop working, there is nothing to report.</summary>
    Cancelled,

    /// <summary>The fence is stale: stop working, nothing can be recorded any more.</summary>
    LeaseLost,
}

/// <summary>What became of an outcome that a worker reported.</summary>
public enum RecordResult
{
    /// <summary>Stored and committed, by this call or by an earlier one with the same fence.</summary>
    Recorded,

    /// <summary>Stored and committed: the job waits for another attempt.</summary>
    Requeued,

    /// <summary>The fence is stale. Nothing was changed.</summary>
    LeaseLost,
}

/// <summary>What became of an explicit change to a job.</summary>
public enum ChangeResult
{
    Changed,

    /// <summary>The job was already in the state asked for.</summary>
    Unchanged,

    /// <summary>The job's status does not allow the change.</summary>
    NotAllowed,

    NotFound,
}

/// <summary>How a failed attempt goes on.</summary>
/// <param name="Retry">False to give up; null to let <see cref="ErrorCategories.IsRetried"/> decide.</param>
/// <param name="Pause">Time before the next attempt; null for <see cref="RetryBackoff"/>.</param>
/// <param name="IsLogged">Whether the queue writes the line of the outcome: true where whoever ran the attempt writes none here.</param>
public readonly record struct FailOptions(bool? Retry = null, TimeSpan? Pause = null, bool IsLogged = false);

/// <summary>Postgres cannot be reached, does not answer in time, has too much to do or cannot write for now (a full disk, read-only). Whatever was
/// asked is not done, or not known to be done.</summary>
public sealed class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
