using AiPlatform.Contracts;

namespace AiPlatform.WorkerRuntime;

/// <summary>Which jobs of a profile a worker may start now. A job of a higher priority may be started wherever one of a lower may.</summary>
/// <param name="Pool">Profiles of one pool share their places.</param>
/// <param name="Lowest">The lowest priority of which a job may be started; null for none.</param>
/// <param name="Room">Of that priority so many; at least one unless <paramref name="Lowest"/> is null.</param>
/// <param name="LowestInstead">The same if one of the pool's runs were aborted: jobs from this priority on may be started in its place; null for none.</param>
public readonly record struct Opening(string ModelProfile, string Pool, JobPriority? Lowest, int Room, JobPriority? LowestInstead)
{
    /// <summary>The most urgent priority that has to wait; null for none.</summary>
    internal JobPriority? FirstToWait => Lowest switch
    {
        null => JobPriority.High,
        JobPriority.High => JobPriority.Normal,
        JobPriority.Normal => JobPriority.Low,
        _ => null,
    };
}
