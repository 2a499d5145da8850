using AiPlatform.Jobs.Index;
using AiPlatform.Jobs.Store;
using Microsoft.Extensions.Logging;

namespace AiPlatform.Jobs.Maintenance;

/// <summary>Finds jobs that were committed and never shown to workers, because the submitting process died between the two. Every job is
/// looked at once, a few seconds after its submission, by a range of ids: the cost follows the arrivals, not the backlog.</summary>
sealed partial class SubmitReconciler(
    JobStore store, ReadyIndex index, JobsTelemetry telemetry, TimeProvider time, ILogger<SubmitReconciler> log) : IMaintenanceLoop
{
    /// <summary>Younger jobs may still be on their way to the index.</summary>
    public static readonly TimeSpan Youngest = TimeSpan.FromSeconds(3);

    /// <summary>How far a run reaches back behind the last: clocks of submitting processes differ, and a commit can be slow.
    /// What comes later than this is the work of <see cref="LateCommitFinder"/>.</summary>
    static readonly TimeSpan Overlap = TimeSpan.FromSeconds(4);

    const int Page = 1_000;

    DateTimeOffset? _seen;

    public TimeSpan Period => TimeSpan.FromSeconds(2);

    public async Task<int> RunAsync(CancellationToken ct)
    {
        var until = time.GetUtcNow() - Youngest;
        // A new leader begins with a full look (IndexBuilder), so this one only has to follow from there.
        var from = (_seen ?? until) - Overlap;
        var last = IdRange.LastAt(until);
        var after = IdRange.FirstAt(from);
        var recovered = 0;
        while (await store.OpenPageAsync(after, last, Page, ct) is { Count: > 0 } rows)
        {
            var waiting = rows.Where(row => !row.Running).ToArray();
            var (done, missing) = await index.ShowMissingAsync(waiting);
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
        _seen = until;
        return recovered;
    }

    [LoggerMessage(2221, LogLevel.Information, "Put {Jobs} submitted jobs into the index that had not reached it.")]
    partial void LogRecovered(int jobs);
}
