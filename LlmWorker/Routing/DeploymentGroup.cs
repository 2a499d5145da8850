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

    /// <summary>Whether a call could have the place of another one that is aborted for it.</summary>
    public bool Replaces => deployments.Any(deployment => deployment.Places.Replaces);

    /// <summary>How many more jobs of a priority may be begun, besides those that are about to be.</summary>
    public int Room(JobPriority priority)
    {
        var able = deployments.Where(deployment => deployment.Breaker.Left == TimeSpan.Zero).ToList();
        var room = (able.Count > 0 ? able : deployments).Sum(deployment => (long)deployment.Places.Room(priority));
        return (int)Math.Clamp(room - Neighbours.Sum(group => Volatile.Read(ref group.expected)), 0, int.MaxValue);
    }

    /// <summary>Counts jobs that were claimed and have not begun a call.</summary>
    public void Expect(int more) => Interlocked.Add(ref expected, more);
}
