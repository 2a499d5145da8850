using AiPlatform.Contracts;
using AiPlatform.LlmWorker.Routing;
using AiPlatform.WorkerRuntime;

namespace AiPlatform.LlmWorker.Admission;

/// <summary>Which jobs of a profile have a place.</summary>
static class Openings
{
    static readonly JobPriority[] FromLowest = [JobPriority.Low, JobPriority.Normal, JobPriority.High];

    /// <param name="chain">The profile's group, then those it may fall back to; empty for a profile whose jobs are only told that there is no provider.</param>
    public static Opening Of(string profile, IReadOnlyList<DeploymentGroup> chain)
    {
        if (chain.Count == 0)
        {
            return new Opening(profile, profile, JobPriority.Low, int.MaxValue, LowestInstead: null);
        }
        var group = Answering(chain);
        foreach (var priority in FromLowest)
        {
            if (group.Room(priority) is > 0 and var room)
            {
                return new Opening(profile, group.Name, priority, room, LowestInstead(group));
            }
        }
        return new Opening(profile, group.Name, null, 0, LowestInstead(group));
    }

    static JobPriority? LowestInstead(DeploymentGroup group)
    {
        foreach (var priority in FromLowest)
        {
            if (group.HasRoomInstead(priority))
            {
                return priority;
            }
        }
        return null;
    }

    /// <summary>The group that would be asked now: the first of which not all rest.</summary>
    public static DeploymentGroup Answering(IReadOnlyList<DeploymentGroup> chain) =>
        chain.FirstOrDefault(group => group.Deployments.Any(deployment => deployment.Breaker.Left == TimeSpan.Zero)) ?? chain[^1];
}
