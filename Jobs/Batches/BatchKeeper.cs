using AiPlatform.Jobs.Maintenance;
using Microsoft.Extensions.Logging;

namespace AiPlatform.Jobs;

/// <summary>Removes what batches that have ended leave behind, some at a time, and batches that ended long ago.</summary>
sealed partial class BatchKeeper(BatchStore batches, ILogger<BatchKeeper> log) : IMaintenanceLoop
{
    const int Lines = 2_000;

    /// <summary>Statements a run; the rest waits for the next one.</summary>
    const int MostStatements = 50;

    public TimeSpan Period => TimeSpan.FromSeconds(30);

    public async Task<int> RunAsync(CancellationToken ct)
    {
        var (removedLines, removedBatches) = (0L, 0L);
        for (var (statement, found) = (0, true); found && statement < MostStatements; statement++)
        {
            (var lines, var ended, found) = await batches.RemoveRestsAsync(Lines, ct);
            (removedLines, removedBatches) = (removedLines + lines, removedBatches + ended);
        }
        if (removedBatches > 0)
        {
            LogRemoved(removedBatches);
        }
        return (int)(removedLines + removedBatches);
    }

    [LoggerMessage(2297, LogLevel.Information, "Removed {Batches} batches that ended long ago.")]
    partial void LogRemoved(long batches);
}
