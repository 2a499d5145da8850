using AiPlatform.Jobs.Index;
using AiPlatform.Jobs.Store;
using Microsoft.Extensions.Logging;

namespace AiPlatform.Jobs.Maintenance;

/// <summary>
/// Finds jobs that were committed and never shown to workers, because the submitting process died between the two. A job is looked at by the first run
/// that finds it committed for a whole period, however long the commit took and whatever the clock said of its id. A run reads what transactions have
/// written that were not over at the look before the last, and had begun at the last. To find it without reading everything, it goes by the numbers of
/// the line: a transaction takes its own after it has begun, so those after a look whose transactions are all over are enough. The cost follows the
/// arrivals, not the backlog.
/// </summary>
sealed partial class SubmitReconciler(JobStore store, ReadyIndex index, JobsTelemetry telemetry, ILogger<SubmitReconciler> log) : IMaintenanceLoop
{
    /// <summary>The looks that are kept reach back three times as far as a statement may take (15 s). While a transaction is open for longer, the
    /// numbers since the oldest are read each time, and when it is over, once, those since it began.</summary>
    const int MostLooks = 16;

    /// <summary>How far the first runs go back behind the first look: a submit may have been under way then, and a new leader's full look
    /// (IndexBuilder) a moment older.</summary>
    const int FirstReach = 10_000;

    /// <summary>Numbers of the line a page.</summary>
    const int Page = 2_000;

    readonly Queue<Look> _looks = [];
    Look? _dropped;
    Look? _last;
    Look? _shown;

    /// <summary>From where to read once when the transaction is over that is open for longer than looks are kept.</summary>
    Look? _behind;

    /// <summary>Twice this, and what the look itself takes, is within the ten seconds promised. A younger job may still be on its way to the index.</summary>
    public TimeSpan Period => TimeSpan.FromSeconds(3);

    public void BeginToLead()
    {
        _looks.Clear();
        _dropped = _last = _shown = _behind = null;
    }

    public async Task<int> RunAsync(CancellationToken ct)
    {
        // Before the rows are read: what commits between the two is met twice rather than never.
        var now = await store.LookAsync(ct);
        if (now.Seq < _last?.Seq || now.End < _last?.End)
        {
            // Another server, or the same one at an earlier time.
            BeginToLead();
        }
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
            _dropped = _looks.Dequeue();
        }
        return recovered;
    }

    async Task<(bool Done, int Recovered)> ShowAsync(Look last, CancellationToken ct)
    {
        var floor = Floor();
        var isBehind = floor is null && _dropped is not null;
        _behind = isBehind ? _behind ?? _dropped : _behind;
        var (from, since) = isBehind ? (_looks.Peek().Seq, _shown)
            : _behind is { } behind ? (behind.Seq - FirstReach, behind)
            : (floor?.Seq ?? _looks.Peek().Seq - FirstReach, _shown);

        var recovered = 0;
        for (var after = Math.Max(0, from); after < last.Seq; after += Page)
        {
            var rows = await store.ArrivalsAsync(after, Math.Min(after + Page, last.Seq), since, last, ct);
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
        _behind = isBehind ? _behind : null;
        return (true, recovered);
    }

    /// <summary>The latest look before every transaction that may have written what is to be shown: no such row has its number of the line, nor a
    /// smaller one. A number may be taken a moment before its transaction gets its own: one look more is gone back. Null where none is kept.</summary>
    Look? Floor()
    {
        Look? floor = null;
        foreach (var (look, next) in _looks.Zip(_looks.Skip(1)))
        {
            if (next.End <= _shown?.FirstOpen)
            {
                floor = look;
            }
        }
        return floor;
    }

    [LoggerMessage(2221, LogLevel.Information, "Put {Jobs} submitted jobs into the index that had not reached it.")]
    partial void LogRecovered(int jobs);
}
