namespace AiPlatform.Contracts;

/// <summary>The jobs of one task type on one model profile, which share a line.</summary>
public sealed record LaneStats
{
    public required string TaskType { get; init; }
    public required string ModelProfile { get; init; }
    public required long Pending { get; init; }
    public required long Running { get; init; }
    public required long Completed { get; init; }
    public required long Failed { get; init; }
    public required long Cancelled { get; init; }

    /// <summary>Seconds that its oldest job which could start has been waiting, halted or not; null when none waits.</summary>
    public double? OldestWaitingSeconds { get; init; }

    /// <summary>The switches that keep its jobs from starting; empty where they may.</summary>
    public required IReadOnlyList<QueueHalt> HaltedBy { get; init; }
}
