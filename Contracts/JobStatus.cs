namespace AiPlatform.Contracts;

/// <summary>Where a job stands. The legal moves are drawn in docs/job-lifecycle.md.</summary>
public enum JobStatus
{
    /// <summary>Waiting: for a free slot, for its <c>run_at</c>, or for the pause before another attempt.</summary>
    Pending,

    /// <summary>A worker holds a lease on it. A lease that is not renewed ends, and the job is pending again.</summary>
    Running,

    /// <summary>Final: the result is kept until the job's <c>result_ttl</c> ends.</summary>
    Completed,

    /// <summary>Final: the error says why. An operator or the owner may retry it.</summary>
    Failed,

    /// <summary>Final: its owner or an operator called it off.</summary>
    Cancelled,
}

public static class JobStatuses
{
    /// <summary>A final status never changes by itself; only an explicit retry of a failed job leaves it.</summary>
    public static bool IsFinal(this JobStatus status) => status >= JobStatus.Completed;
}
