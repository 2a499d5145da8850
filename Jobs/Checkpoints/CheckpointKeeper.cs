using AiPlatform.Jobs.Maintenance;
using Microsoft.Extensions.Logging;

namespace AiPlatform.Jobs;

/// <summary>Removes the checkpoints of jobs that need them no more.</summary>
sealed partial class CheckpointKeeper(JobCheckpoints checkpoints, ILogger<CheckpointKeeper> log) : IMaintenanceLoop
{
    /// <summary>Jobs a run; the rest waits for the next one.</summary>
    const int MostJobs = 1_000;

    public TimeSpan Period => TimeSpan.FromSeconds(30);

    public async Task<int> RunAsync(CancellationToken ct)
    {
        var removed = await checkpoints.RemoveEndedAsync(MostJobs, ct);
        if (removed > 0)
        {
            LogRemoved(removed);
        }
        return removed;
    }

    [LoggerMessage(2298, LogLevel.Debug, "Removed {Checkpoints} checkpoints of jobs that have ended.")]
    partial void LogRemoved(int checkpoints);
}
