using AiPlatform.Contracts;

namespace AiPlatform.WorkerRuntime;

/// <summary>Which jobs of a profile a worker may start now. A job of a higher priority may be started wherever one of a lower may.</summary>
/// <param name="Pool">Profiles of one pool share their places.</param>
/// <param name="Lowest">The lowest priority of which a job may be started; null for none.</param>
/// <param name="Room">Of that priority so many; at least one unless <paramref name="Lowest"/> is null.</param>
/// <param name="Replaces">Whether a job may be started in the place of a run of this pool that is aborted for it.</param>
public readonly record struct Opening(string ModelProfile, string Pool, JobPriority? Lowest, int Room, bool Replaces)
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
