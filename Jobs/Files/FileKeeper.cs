using AiPlatform.Jobs.Maintenance;
using Microsoft.Extensions.Logging;

namespace AiPlatform.Jobs;

/// <summary>Removes files whose time is over, and what batches that have ended leave behind, in small batches.</summary>
sealed partial class FileKeeper(FileStore files, BatchStore batches, ILogger<FileKeeper> log) : IMaintenanceLoop
{
    /// <summary>Files a statement: each may have a hundred parts of 1 MiB.</summary>
    const int Files = 5;

    const int Lines = 2_000;

    /// <summary>Statements a run; the rest waits for the next one.</summary>
    const int MostStatements = 50;

    public TimeSpan Period => TimeSpan.FromSeconds(30);

    public async Task<int> RunAsync(CancellationToken ct)
    {
        var (removedFiles, removedLines, removedBatches) = (0L, 0L, 0L);
        for (var statement = 0; statement < MostStatements; statement++)
        {
            var old = await files.RemoveExpiredAsync(Files, ct);
            var (lines, ended) = await batches.RemoveRestsAsync(Lines, ct);
            (removedFiles, removedLines, removedBatches) = (removedFiles + old, removedLines + lines, removedBatches + ended);
            if (old < Files && lines == 0)
            {
                break;
            }
        }
        if (removedFiles + removedBatches > 0)
        {
            LogRemoved(removedFiles, removedBatches);
        }
        return (int)(removedFiles + removedLines + removedBatches);
    }

    [LoggerMessage(2296, LogLevel.Information, "Removed {Files} files whose time was over and {Batches} batches that ended long ago.")]
    partial void LogRemoved(long files, long batches);
}
