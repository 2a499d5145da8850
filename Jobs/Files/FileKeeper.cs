using AiPlatform.Jobs.Maintenance;
using Microsoft.Extensions.Logging;

namespace AiPlatform.Jobs;

/// <summary>Removes files whose time is over and which no job needs, and audio whose job has ended.</summary>
sealed partial class FileKeeper(FileStore files, ILogger<FileKeeper> log) : IMaintenanceLoop
{
    /// <summary>Files a run; the rest waits for the next one.</summary>
    const int MostFiles = 100;

    public TimeSpan Period => TimeSpan.FromSeconds(30);

    public async Task<int> RunAsync(CancellationToken ct)
    {
        var removed = 0;
        List<Guid> over = [.. await files.ExpiredAsync(MostFiles, ct), .. await files.SpentAsync(MostFiles, ct)];
        foreach (var file in over.Distinct())
        {
            removed += await files.RemoveUnneededAsync(file, ct) == FileRemoval.Removed ? 1 : 0;
        }
        if (removed > 0)
        {
            LogRemoved(removed);
        }
        return removed;
    }

    [LoggerMessage(2296, LogLevel.Information, "Removed {Files} files whose time was over or whose job has ended.")]
    partial void LogRemoved(int files);
}
