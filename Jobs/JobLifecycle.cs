using AiPlatform.Contracts;

namespace AiPlatform.Jobs;

/// <summary>What can happen to a job. Everything else that is asked of it changes nothing and is told so.</summary>
public enum JobVerb
{
    /// <summary>A caller submits it.</summary>
    Submit,

    /// <summary>A worker takes it, and with it a lease.</summary>
    Claim,

    /// <summary>Its worker records the result.</summary>
    Complete,

    /// <summary>Its worker records a failed attempt, and attempts remain.</summary>
    TryAgain,

    /// <summary>Its worker records a failed attempt that was the last one, or would only repeat itself.</summary>
    Fail,

    /// <summary>Its worker gives it back: shutdown or preemption.</summary>
    Release,

    /// <summary>Maintenance takes it from a worker that stopped renewing its lease.</summary>
    Rescue,

    /// <summary>The same, once too often: the job may be what kills its workers.</summary>
    Quarantine,

    /// <summary>Maintenance finds its deadline passed before it was started.</summary>
    Expire,

    /// <summary>Its owner or an operator calls it off.</summary>
    Cancel,

    /// <summary>Its owner or an operator wants it run again.</summary>
    Retry,

    /// <summary>Maintenance removes it after its retention.</summary>
    Remove,
}

/// <param name="From">Null before the job exists.</param>
/// <param name="To">Null when it is gone.</param>
public readonly record struct JobMove(JobStatus? From, JobVerb Verb, JobStatus? To);

/// <summary>Every legal move of a job. It is drawn in docs/job-lifecycle.md and holds for the store: JobLifecycleTests compares all three.</summary>
public static class JobLifecycle
{
    public static readonly IReadOnlyList<JobMove> Moves =
    [
        new(null, JobVerb.Submit, JobStatus.Pending),
        new(JobStatus.Pending, JobVerb.Claim, JobStatus.Running),
        new(JobStatus.Pending, JobVerb.Expire, JobStatus.Failed),
        new(JobStatus.Pending, JobVerb.Cancel, JobStatus.Cancelled),
        new(JobStatus.Running, JobVerb.Complete, JobStatus.Completed),
        new(JobStatus.Running, JobVerb.TryAgain, JobStatus.Pending),
        new(JobStatus.Running, JobVerb.Fail, JobStatus.Failed),
        new(JobStatus.Running, JobVerb.Release, JobStatus.Pending),
        new(JobStatus.Running, JobVerb.Rescue, JobStatus.Pending),
        new(JobStatus.Running, JobVerb.Quarantine, JobStatus.Failed),
        new(JobStatus.Running, JobVerb.Cancel, JobStatus.Cancelled),
        new(JobStatus.Running, JobVerb.Retry, JobStatus.Pending),
        new(JobStatus.Failed, JobVerb.Retry, JobStatus.Pending),
        new(JobStatus.Completed, JobVerb.Remove, null),
        new(JobStatus.Failed, JobVerb.Remove, null),
        new(JobStatus.Cancelled, JobVerb.Remove, null),
    ];
}
