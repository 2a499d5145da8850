using AiPlatform.Jobs.Index;
using AiPlatform.Jobs.Store;
using Microsoft.Extensions.Logging;

namespace AiPlatform.Jobs.Maintenance;

/// <summary>Finds ended leases in Postgres itself. While Redis is up the sweeper has them first and this is the net below
/// it, spread wide because it reads every open job; while Redis is away it is the only one and runs often.</summary>
sealed partial class LeaseReaper(
    JobStore store, IndexRepair repair, RedisLink link, TimeProvider time, ILogger<LeaseReaper> log) : IMaintenanceLoop
{
    static readonly TimeSpan WithRedis = TimeSpan.FromSeconds(30);
    const int Page = 500;

    long? _last;

    public TimeSpan Period => TimeSpan.FromSeconds(5);

    public async Task<int> RunAsync(CancellationToken ct)
    {
        if (!link.IsAway && _last is { } last && time.GetElapsedTime(last) < WithRedis)
        {
            return 0;
        }
        _last = time.GetTimestamp();
        List<Guid> expired;
        var rescued = 0;
        do
        {
            expired = await store.ExpiredLeasesAsync(Page, ct);
            var repaired = await repair.RepairAsync([.. expired], ct);
            if (repaired.Rescued == 0)
            {
                // Rows that somebody holds locked are skipped; the next run meets them again.
                return rescued;
            }
            LogReaped(repaired.Rescued);
            rescued += repaired.Rescued;
        }
        while (expired.Count == Page);
        return rescued;
    }

    [LoggerMessage(2241, LogLevel.Information, "Took back {Rescued} jobs whose lease had ended.")]
    partial void LogReaped(int rescued);
}
