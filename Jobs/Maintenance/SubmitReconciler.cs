using AiPlatform.Jobs.Index;
using AiPlatform.Jobs.Store;
using Microsoft.Extensions.Logging;

namespace AiPlatform.Jobs.Maintenance;

/// <summary>
/// Finds jobs that were committed and never shown to workers, because the submitting process died between the two. Every job is looked at once, by the
/// first run that finds it committed for a whole period, however long the commit took and whatever the clock said of its id. A run reads what
/// transactions have written that were not over at the look before the last, and had begun at the last. To find it without reading everything, it goes
/// by the numbers of the line: a transaction takes its own after it has begun, so those after a look whose transactions are all over are enough. The
/// cost follows the arrivals, not the backlog.
/// </summary>
sealed partial class SubmitReconciler(JobStore store, ReadyIndex index, JobsTelemetry telemetry, ILogger<SubmitReconciler> log) : IMaintenanceLoop
{
    /// <summary>The looks that are kept reach back three times as far as a statement may take (15 s): while some transaction of another program is
    /// open for long, the numbers since the oldest are read each time.</summary>
    const int MostLooks = 16;

    /// <summary>Where the first run goes back to: a new leader begins with a full look (IndexBuilder), which may be a moment older.</summary>
    const int FirstReach = 10_000;

    /// <summary>Numbers of the line a page.</summary>
    const int Page = 2_000;

    readonly Queue<Look> _looks = [];
    Look? _last;
    Look? _shown;

    /// <summary>Twice this, and what the look itself takes, is within the ten seconds promised. A younger job may still be on its way to the index.</summary>
    public TimeSpan Period => TimeSpan.FromSeconds(3);

    public async Task<int> RunAsync(CancellationToken ct)
    {
        // Before the rows are read: what commits between the two is met twice rather than never.
        var now = await store.LookAsync(ct);
        var recovered = 0;
        if (_last is { } last)
        {
            (var done, recovered) = await ShowAsync(last, ct);
            if (!done)
            {
                return recovered;
            }
            _shown = last;
        }
        _last = now;
        _looks.Enqueue(now);
        if (_looks.Count > MostLooks)
        {
            _looks.Dequeue();
        }
        return recovered;
    }

    async Task<(bool Done, int Recovered)> ShowAsync(Look last, CancellationToken ct)
    {
        var recovered = 0;
        for (var after = Floor(last); after < last.Seq; after += Page)
        {
            var rows = await store.ArrivalsAsync(after, Math.Min(after + Page, last.Seq), _shown, last, ct);
            var (done, missing) = await index.ShowMissingAsync(rows);
            if (!done)
            {
                return (false, recovered);
            }
            if (missing > 0)
            {
                telemetry.HandoffRecovered(missing);
                LogRecovered(missing);
                recovered += missing;
            }
        }
        return (true, recovered);
    }

    /// <summary>A number of the line that no row to be shown has, nor a smaller one. A number may be taken a moment before its transaction gets its
    /// own: one look more is gone back.</summary>
    long Floor(Look last)
    {
        if (_shown is not { } shown)
        {
            return Math.Max(0, last.Seq - FirstReach);
        }
        Look? before = null;
        foreach (var (look, next) in _looks.Zip(_looks.Skip(1)))
        {
            if (next.End <= shown.FirstOpen)
            {
                before = look;
            }
        }
        return (before ?? _looks.Peek()).Seq;
    }

    [LoggerMessage(2221, LogLevel.Information, "Put {Jobs} submitted jobs into the index that had not reached it.")]
    partial void LogRecovered(int jobs);
}
