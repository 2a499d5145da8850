using AiPlatform.Jobs.Index;
using AiPlatform.Jobs.Store;
using Microsoft.Extensions.Logging;

namespace AiPlatform.Jobs.Maintenance;

/// <summary>Fails waiting jobs as their deadline passes, so that their callers need not wait for what will never start.</summary>
sealed partial class DeadlineKeeper(JobStore store, IndexRepair repair, ILogger<DeadlineKeeper> log) : IMaintenanceLoop
{
    const int Page = 500;

    public TimeSpan Period => TimeSpan.FromSeconds(1);

    public async Task<int> RunAsync(CancellationToken ct)
    {
        List<Guid> overdue;
        var failed = 0;
        do
        {
            overdue = await store.OverdueAsync(Page, ct);
            var repaired = await repair.RepairAsync([.. overdue], ct);
            if (repaired.Expired == 0)
            {
                // Rows that somebody holds locked are skipped; the next run meets them again.
                return failed;
            }
            LogExpired(repaired.Expired);
            failed += repaired.Expired;
        }
        while (overdue.Count == Page);
        return failed;
    }

    [LoggerMessage(2271, LogLevel.Information, "Failed {Jobs} waiting jobs whose deadline had passed.")]
    partial void LogExpired(int jobs);
}
