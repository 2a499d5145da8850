using AiPlatform.Jobs.Index;
using Microsoft.Extensions.Logging;

namespace AiPlatform.Jobs.Maintenance;

/// <summary>Settles what is due in the index: delayed jobs that may start, and handed-out jobs whose check has come (claimed and running,
/// never claimed, lost its lease, finished). Its cost follows the jobs that run, not those that wait.</summary>
sealed partial class IndexSweeper(ReadyIndex index, IndexRepair repair, JobsTelemetry telemetry, ILogger<IndexSweeper> log) : IMaintenanceLoop
{
    /// <summary>Jobs a page; the next page follows at once while pages are full.</summary>
    const int Page = 500;

    /// <summary>A run that met this many pages leaves the rest to the next one, so that it ends.</summary>
    const int MostPages = 200;

    /// <summary>A delayed job starts at most this much late.</summary>
    public TimeSpan Period => TimeSpan.FromMilliseconds(250);

    public async Task<int> RunAsync(CancellationToken ct)
    {
        var changed = 0;
        for (var page = 0; page < MostPages; page++)
        {
            if (await index.DueAsync(Page) is not { } due)
            {
                return changed;
            }
            var repaired = await repair.RepairAsync(due.HandedOut, ct);
            var started = await repair.RepairAsync(due.Delayed, ct);
            changed += repaired.Changed + started.Changed;
            telemetry.HandoffRecovered(repaired.Waited);
            if (repaired.Rescued > 0)
            {
                LogRescued(repaired.Rescued);
            }
            if (due.HandedOut.Length < Page && due.Delayed.Length < Page)
            {
                return changed;
            }
        }
        return changed;
    }

    [LoggerMessage(2211, LogLevel.Information, "Took {Jobs} jobs back from workers that stopped renewing their leases.")]
    partial void LogRescued(int jobs);
}
