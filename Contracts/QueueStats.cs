namespace AiPlatform.Contracts;

/// <summary>Answer of <c>GET /api/v1/stats</c>. Finished jobs count as long as they are kept.</summary>
public sealed record QueueStats
{
    public required IReadOnlyDictionary<string, long> ByStatus { get; init; }
    public required IReadOnlyList<StatsRow> ByTaskType { get; init; }
    public required IReadOnlyList<LaneStats> ByLane { get; init; }
    public required IReadOnlyList<StatsRow> ByModelProfile { get; init; }
    public required IReadOnlyList<StatsRow> ByOwnerService { get; init; }

    /// <summary>Failed jobs by error category.</summary>
    public required IReadOnlyDictionary<string, long> Errors { get; init; }

    /// <summary>Seconds that the oldest job which could start has been waiting; null when none waits.</summary>
    public double? OldestWaitingSeconds { get; init; }

    /// <summary>True while the whole queue is paused; a pause of a part stands in <see cref="Halts"/>.</summary>
    public required bool Paused { get; init; }

    /// <summary>True while the whole queue is stopped.</summary>
    public required bool Stopped { get; init; }

    /// <summary>Every pause and stop in force, also on what has no jobs.</summary>
    public required IReadOnlyList<QueueHalt> Halts { get; init; }

    /// <summary>True while Redis is away and the queue works from Postgres alone.</summary>
    public required bool Degraded { get; init; }
}

/// <param name="Name">The task type, profile or owner.</param>
public sealed record StatsRow(string Name, long Pending, long Running, long Completed, long Failed, long Cancelled);
