namespace AiPlatform.WorkerRuntime;

/// <summary>Why an attempt was told to stop.</summary>
public enum CancellationReason
{
    /// <summary>The worker stops and the attempt did not fit in the grace period. The job is given back, its attempt unspent.</summary>
    Shutdown,

    /// <summary>The job was cancelled or taken back. There is nothing to record.</summary>
    Cancelled,

    /// <summary>The lease ended without a renewal: another worker may have the job. There is nothing to record.</summary>
    LeaseLost,

    /// <summary>The job's deadline passed. The job fails.</summary>
    Deadline,

    /// <summary>The attempt ran longer than any may (<see cref="WorkerOptions.AttemptTimeout"/>). It fails as an error of the worker.</summary>
    Stalled,

    /// <summary>A job of higher priority needs the slot. The job is given back, its attempt unspent.</summary>
    Preempted,

    /// <summary>The model server, or the worker itself, had no room for it after all. The job is given back, its attempt unspent.</summary>
    NoRoom,
}
