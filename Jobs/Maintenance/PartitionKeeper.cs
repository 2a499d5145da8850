using AiPlatform.Jobs.Store;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace AiPlatform.Jobs.Maintenance;

/// <summary>Makes the day partitions of the days to come, and drops those whose jobs are all final and older than the retention.</summary>
sealed partial class PartitionKeeper(JobStore store, ILogger<PartitionKeeper> log) : IMaintenanceLoop
{
    /// <summary>A weekend of standing still must not leave a day without its partition.</summary>
    public const int DaysAhead = 4;

    public TimeSpan Period => TimeSpan.FromHours(1);

    public async Task<int> RunAsync(CancellationToken ct)
    {
        try
        {
            var made = await store.MakeDaysAsync(DaysAhead, ct);
            var dropped = await store.DropDaysAsync(ct);
            if (made + dropped > 0)
            {
                LogKept(made, dropped);
            }
            return made + dropped;
        }
        catch (StoreUnavailableException busy) when (busy.InnerException is PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable })
        {
            LogBusy();
            return 0;
        }
    }

    [LoggerMessage(2261, LogLevel.Information, "Made the partitions of {Made} days to come and dropped those of {Dropped} days.")]
    partial void LogKept(int made, int dropped);

    [LoggerMessage(2262, LogLevel.Warning, "A long transaction holds the job tables: partitions are made and dropped with the next run.")]
    partial void LogBusy();
}
