using AiPlatform.Jobs.Store;
using Microsoft.Extensions.Logging;

namespace AiPlatform.Jobs.Maintenance;

/// <summary>Removes, in small batches, finished jobs with a <c>result_ttl</c> of their own, old idempotency keys, forgotten workers and whatever
/// stands in no partition. The default retention is not its work: <see cref="PartitionKeeper"/> drops whole days.</summary>
sealed partial class Janitor(JobStore store, ILogger<Janitor> log) : IMaintenanceLoop
{
    const int Batch = 1_000;

    /// <summary>Batches a run; the rest waits for the next one.</summary>
    const int MostBatches = 100;

    public TimeSpan Period => TimeSpan.FromSeconds(30);

    public async Task<int> RunAsync(CancellationToken ct)
    {
        var removed = 0L;
        for (var batch = 0; batch < MostBatches; batch++)
        {
            var (jobs, keys, workers) = await store.DeleteExpiredAsync(Batch, ct);
            var (rest, callbacks) = await store.DeleteFromRestAsync(Batch, ct);
            if (jobs + keys + workers + rest + callbacks > 0)
            {
                LogRemoved(jobs + rest, keys, workers, callbacks);
                removed += jobs + keys + workers + rest + callbacks;
            }
            if (jobs < Batch && keys < Batch && rest < Batch && callbacks < Batch)
            {
                break;
            }
        }
        return (int)removed;
    }

    [LoggerMessage(2251, LogLevel.Information, "Removed {Jobs} expired jobs, {Keys} idempotency keys, {Workers} workers that are gone and {Callbacks} callbacks of expired jobs.")]
    partial void LogRemoved(long jobs, long keys, long workers, long callbacks);
}
