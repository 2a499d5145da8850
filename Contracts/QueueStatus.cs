namespace AiPlatform.Contracts;

/// <summary>Answer of <c>GET /queue/status</c>, and of pause and resume.</summary>
public sealed record QueueStatus
{
    /// <summary>The most jobs listed in <see cref="CurrentJobs"/>.</summary>
    public const int MostCurrentJobs = 100;

    /// <summary>Whether any built-in worker is alive and takes work; external workers do not report.</summary>
    public required bool Running { get; init; }

    /// <summary>While true, jobs in hand are finished and no more are handed out.</summary>
    public required bool Paused { get; init; }

    /// <summary>Jobs that wait.</summary>
    public required long QueueSize { get; init; }

    /// <summary>Jobs in hand, newest first, without input; at most 100.</summary>
    public required IReadOnlyList<JobView> CurrentJobs { get; init; }
}
