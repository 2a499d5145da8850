using AiPlatform.Contracts;

namespace AiPlatform.LlmWorker.Routing;

/// <summary>Deployments of which any may answer.</summary>
sealed class DeploymentGroup(string name, IReadOnlyList<Deployment> deployments)
{
    int expected;

    public string Name => name;

    public IReadOnlyList<Deployment> Deployments => deployments;

    public RetryBudget Budget { get; init; } = new();

    /// <summary>Those that share a deployment with it, and itself.</summary>
    public IReadOnlyList<DeploymentGroup> Neighbours { get; set; } = [];

    /// <summary>How many more jobs of a priority may be begun, besides those that are about to be.</summary>
    public int Room(JobPriority priority) => (int)Math.Clamp(Able.Sum(deployment => Room(deployment, priority)) - Expected, 0, int.MaxValue);

    /// <summary>Whether a job of a priority may be begun once one that has begun, or is about to, is aborted.</summary>
    public bool HasRoomInstead(JobPriority priority)
    {
        var (able, expected) = (Able, Expected);
        var room = able.Sum(deployment => Room(deployment, priority)) - expected;
        return expected > 0 && room >= 0
            || able.Any(deployment => deployment.Places.InFlight > 0 && room - Room(deployment, priority) + Room(deployment, priority, fewer: 1) > 0);
    }

    List<Deployment> Able => deployments.Where(deployment => deployment.Breaker.Left == TimeSpan.Zero).ToList() is { Count: > 0 } able ? able : [.. deployments];

    long Expected => Neighbours.Sum(group => (long)Volatile.Read(ref group.expected));

    /// <summary>One that is only being tried again gets no more than that one call.</summary>
    static long Room(Deployment deployment, JobPriority priority, int fewer = 0) =>
        Math.Min(deployment.Places.Room(priority, fewer), deployment.Breaker.State == CircuitState.HalfOpen ? 1 : int.MaxValue);

    /// <summary>Counts jobs that were claimed and have not begun a call.</summary>
    public void Expect(int more) => Interlocked.Add(ref expected, more);
}
