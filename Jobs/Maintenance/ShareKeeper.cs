using AiPlatform.Jobs.Index;
using AiPlatform.Jobs.Store;
using Microsoft.Extensions.Logging;

namespace AiPlatform.Jobs.Maintenance;

/// <summary>Makes the index say of shares what Postgres says, and splits and joins lanes by it.</summary>
sealed partial class ShareKeeper(JobQueue queue, LaneDirectory lanes, ReadyIndex index, JobsTelemetry telemetry, ILogger<ShareKeeper> log) : IMaintenanceLoop
{
    /// <summary>Runs from one count of what runs to the next.</summary>
    const int Recounts = 20;

    int _runs;

    /// <summary>A change is obeyed within a second.</summary>
    public TimeSpan Period => TimeSpan.FromMilliseconds(500);

    public async Task<int> RunAsync(CancellationToken ct)
    {
        var shown = await queue.ShowSharesAsync(ct);
        var split = await index.IsSplitAsync();
        var lined = split ? await queue.LineUpAsync(ct) : 0;
        var freed = split && _runs++ % Recounts == 0 ? await index.RecountAsync() : 0;
        telemetry.SetParked(split ? await index.ParkedAsync(lanes.Highest) : 0);
        if (shown || lined > 0)
        {
            LogShown(lined);
        }
        if (freed > 0)
        {
            LogFreed(freed);
        }
        return (shown ? 1 : 0) + lined + freed;
    }

    [LoggerMessage(2301, LogLevel.Information, "Told the index who may have how much of which lanes; it had it otherwise. The jobs of {Lanes} lanes were put into the lines of their owners.")]
    partial void LogShown(int lanes);

    [LoggerMessage(2302, LogLevel.Information, "Counted {Jobs} jobs as running no more that nobody has taken.")]
    partial void LogFreed(int jobs);
}
