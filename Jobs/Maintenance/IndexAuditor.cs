using AiPlatform.Jobs.Index;
using AiPlatform.Jobs.Store;
using Microsoft.Extensions.Logging;

namespace AiPlatform.Jobs.Maintenance;

/// <summary>Looks round and round at what the index shows as waiting, a page a run, and sets aside what may not start: a push can come after the
/// job was claimed or ended by somebody to whom Redis was away. Such an entry is dropped by the first claim that meets it, too; this finds those
/// that none does. A page costs the same however many jobs wait.</summary>
sealed partial class IndexAuditor(JobStore store, LaneDirectory lanes, ReadyIndex index, ILogger<IndexAuditor> log) : IMaintenanceLoop
{
    /// <summary>All entries are seen within 10 s while there are less than ten times as many.</summary>
    const int Page = 1_000;

    WaitingPlace _place = WaitingPlace.Start;

    public TimeSpan Period => TimeSpan.FromSeconds(1);

    public async Task<int> RunAsync(CancellationToken ct)
    {
        await lanes.RefreshAsync(ct);
        var page = await index.ReadWaitingAsync(_place, lanes.Highest, Page) ?? [];
        _place = page.Count == Page ? page[^1].Place : WaitingPlace.Start;
        if (page.Count == 0)
        {
            return 0;
        }
        var rows = await store.OpenAsync([.. page.Select(entry => entry.Id)], ct);
        var waiting = rows.Where(row => row is { Running: false, DelayMs: 0 }).Select(row => row.Id).ToHashSet();
        if (await index.IsSplitAsync())
        {
            // A process of an older version pushes jobs into their lane only.
            await index.LineUpAsync([.. rows.Where(row => waiting.Contains(row.Id))]);
        }
        // Between the two looks a job may also have been given back, and shown rightly. Its check puts it back.
        var moved = await index.SetAsideAsync([.. page.Where(entry => !waiting.Contains(entry.Id)).Select(entry => (entry.Id, entry.Place.Lane))]);
        if (moved > 0)
        {
            LogSetAside(moved);
        }
        return moved;
    }

    [LoggerMessage(2291, LogLevel.Information, "Set {Jobs} entries of the index aside that showed jobs as waiting which are not.")]
    partial void LogSetAside(int jobs);
}
