using AiPlatform.Jobs.Index;
using AiPlatform.Jobs.Store;
using Microsoft.Extensions.Logging;

namespace AiPlatform.Jobs.Maintenance;

/// <summary>Finds jobs that were committed long after they got their id and then never shown to workers: Postgres stood still, or the clock of the
/// submitting process is behind, and <see cref="SubmitReconciler"/> had looked at their time already. It reads that time again and again, but of its
/// jobs only those that have appeared since the last look, so that each is shown once; what is read without being shown follows the arrivals.</summary>
sealed partial class LateCommitFinder(
    JobStore store, ReadyIndex index, JobsTelemetry telemetry, TimeProvider time, ILogger<LateCommitFinder> log) : IMaintenanceLoop
{
    /// <summary>A submission waits for its turn and then for its statement, each as long as a statement may take (15 s) and hardly ever twice.</summary>
    static readonly TimeSpan Reach = TimeSpan.FromMinutes(1);

    const int Page = 1_000;

    string? _since;

    /// <summary>With what the look itself takes, within the ten seconds promised.</summary>
    public TimeSpan Period => TimeSpan.FromSeconds(4);

    public async Task<int> RunAsync(CancellationToken ct)
    {
        // Before the rows are read: what commits between the two is met twice rather than never.
        var next = await store.BeginLateLookAsync(ct);
        var until = time.GetUtcNow() - SubmitReconciler.Youngest;
        var (after, last) = (IdRange.FirstAt(until - Reach), IdRange.LastAt(until));
        var recovered = 0;
        while (await store.LatePageAsync(after, last, Page, _since, ct) is { Count: > 0 } rows)
        {
            var (done, missing) = await index.ShowMissingAsync(rows);
            if (!done)
            {
                return recovered;
            }
            if (missing > 0)
            {
                telemetry.HandoffRecovered(missing);
                LogRecovered(missing);
                recovered += missing;
            }
            after = rows[^1].Id;
        }
        _since = next;
        return recovered;
    }

    [LoggerMessage(2222, LogLevel.Information, "Put {Jobs} jobs into the index that were committed long after they got their ids, and had not reached it.")]
    partial void LogRecovered(int jobs);
}
