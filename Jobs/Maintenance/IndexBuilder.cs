using AiPlatform.Jobs.Index;
using AiPlatform.Jobs.Store;
using Microsoft.Extensions.Logging;

namespace AiPlatform.Jobs.Maintenance;

/// <summary>Builds the whole index from Postgres: when Redis has lost it, when Redis comes back, when this process begins to lead, and now and
/// then as the net below every other. Jobs keep flowing meanwhile: without an epoch everybody claims from Postgres, and every write to the
/// index is idempotent.</summary>
sealed partial class IndexBuilder(
    JobStore store, LaneDirectory lanes, ReadyIndex index, RedisConnection connection, JobQueue queue, JobsTelemetry telemetry, TimeProvider time,
    ILogger<IndexBuilder> log) : IMaintenanceLoop
{
    const int Page = 5_000;

    /// <summary>What the other loops should have found and did not is found after this long.</summary>
    static readonly TimeSpan LookAgain = TimeSpan.FromMinutes(10);

    /// <summary>True where the index may miss something although it has an epoch.</summary>
    bool _doubt = true;

    long _last;

    /// <summary>What <see cref="RedisConnection.Restores"/> said at the last build.</summary>
    int _restores;

    public TimeSpan Period => TimeSpan.FromSeconds(1);

    public void BeginToLead() => _doubt = true;

    public async Task<int> RunAsync(CancellationToken ct)
    {
        // A server that was restarted may come back with a snapshot from before the last pushes, its epoch included.
        var restores = connection.Restores;
        var built = await index.IsBuiltAsync();
        if (built is null)
        {
            _doubt = true;
            return 0;
        }
        if (built.Value && !_doubt && restores == _restores && time.GetElapsedTime(_last) < LookAgain)
        {
            return 0;
        }
        var start = time.GetTimestamp();
        var mark = $"{Guid.NewGuid():N}";
        if (!await index.BeginBuildAsync(mark) || await ShowAllAsync(ct) is not { } shown || !await index.EndBuildAsync(mark, lanes.Highest))
        {
            _doubt = true;
            return 0;
        }
        (_doubt, _last, _restores) = (false, start, restores);
        telemetry.HandoffRecovered(built.Value ? shown.Missing : 0);
        if (!built.Value || shown.Missing > 0)
        {
            LogBuilt(shown.Open, shown.Missing, time.GetElapsedTime(start).TotalSeconds);
        }
        return shown.Missing;
    }

    async Task<(int Open, int Missing)?> ShowAllAsync(CancellationToken ct)
    {
        // After the build has begun: a lane that is pushed before is known now, and should what is said of halts and shares be lost again, the build is void.
        await lanes.RefreshAsync(ct);
        await queue.ShowHaltsAsync(ct);
        await queue.ShowSharesAsync(ct);
        var (open, missing, after) = (0, 0, Guid.Empty);
        while (await store.OpenPageAsync(after, Page, ct) is { Count: > 0 } rows)
        {
            var (done, added) = await index.ShowMissingAsync([.. rows.Where(row => !row.Running)]);
            if (!done || !await index.HoldAsync([.. rows.Where(row => row.Running).Select(row => (row.Id, row.Lane, row.Owner))]))
            {
                return null;
            }
            (open, missing, after) = (open + rows.Count, missing + added, rows[^1].Id);
        }
        // Or running limits would rest until the next run of their keeper.
        await queue.LineUpAsync(ct);
        return (open, missing);
    }

    [LoggerMessage(2231, LogLevel.Information, "Built the index from Postgres: {Open} open jobs, {Missing} of them were missing, in {Seconds:0.0} s.")]
    partial void LogBuilt(int open, int missing, double seconds);
}
