using Microsoft.Extensions.Logging;

namespace AiPlatform.Jobs.Maintenance;

/// <summary>Makes the index say of halts what Postgres says: a process may die between the two, two that pause and resume at the same moment may
/// write to Redis in the other order, and a new lane may fall under a halt that is older than it.</summary>
sealed partial class HaltKeeper(JobQueue queue, ILogger<HaltKeeper> log) : IMaintenanceLoop
{
    /// <summary>A halt is obeyed within a second.</summary>
    public TimeSpan Period => TimeSpan.FromMilliseconds(500);

    public async Task<int> RunAsync(CancellationToken ct)
    {
        if (!await queue.ShowHaltsAsync(ct))
        {
            return 0;
        }
        LogShown();
        return 1;
    }

    [LoggerMessage(2281, LogLevel.Information, "Told the index which lanes are halted; it had it otherwise.")]
    partial void LogShown();
}
