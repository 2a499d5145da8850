namespace AiPlatform.Contracts;

/// <summary>Answer of <c>GET /queue/status</c>, and of pause, resume, stop and start.</summary>
public sealed record QueueStatus
{
    /// <summary>The most jobs listed in <see cref="CurrentJobs"/>.</summary>
    public const int MostCurrentJobs = 100;

    /// <summary>Whether the queue is not stopped and any built-in worker is alive and takes work; external workers do not report.</summary>
    public required bool Running { get; init; }

    /// <summary>True while the whole queue is paused: jobs in hand go on, no more are handed out until it is resumed.</summary>
    public required bool Paused { get; init; }

    /// <summary>True while the whole queue is stopped: jobs in hand are finished, no more are handed out until it is started.</summary>
    public required bool Stopped { get; init; }

    /// <summary>Every pause and stop in force, of the whole queue and of parts.</summary>
    public required IReadOnlyList<QueueHalt> Halts { get; init; }

    /// <summary>In the answer to pause, resume, stop and start: what keeps jobs of that scope from starting now, such as a wider pause that a resume
    /// leaves in force; empty when all of it runs. Null in the answer to a plain question.</summary>
    public IReadOnlyList<QueueHalt>? HaltedBy { get; init; }

    /// <summary>Jobs that wait.</summary>
    public required long QueueSize { get; init; }

    /// <summary>Jobs in hand, newest first, without input; at most 100.</summary>
    public required IReadOnlyList<JobView> CurrentJobs { get; init; }
}
