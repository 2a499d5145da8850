using AiPlatform.Contracts;
using AiPlatform.Jobs.Store;

namespace AiPlatform.Jobs.Maintenance;

/// <summary>Keeps the instruments of what waits, runs and is halted true.</summary>
sealed class QueueReporter(JobStore store, QueueSurvey survey, CallbackOutbox callbacks, BatchStore batches, JobsTelemetry telemetry) : IMaintenanceLoop
{
    public TimeSpan Period => TimeSpan.FromSeconds(5);

    public async Task<int> RunAsync(CancellationToken ct)
    {
        var tallies = await survey.TalliesAsync(JobScope.All, ct);
        var depth = await survey.DepthAsync(JobScope.All, tallies, ct);
        var runs = (await store.RecentRunsAsync(ct)).ToDictionary(run => run.Lane, run => run.Seconds);
        telemetry.SetQueue(new QueueReading(depth, Running(tallies), Backlog(depth, runs), await store.HaltsAsync(ct)));
        telemetry.SetCallbacks(await callbacks.WaitingAsync(ct));
        telemetry.SetBatches(await batches.CountAsync(ct));
        return 0;
    }

    static IReadOnlyList<(LaneKey, JobPriority, long)> Running(IReadOnlyList<TallyRow> tallies) =>
        [.. tallies.Where(row => row.Status is JobStatus.Running)
            .GroupBy(row => (row.Lane, row.Priority))
            .Select(group => (group.Key.Lane, group.Key.Priority, group.Sum(row => row.Jobs)))];

    /// <summary>Seconds of work that wait in each lane whose runs are known.</summary>
    static IReadOnlyList<(LaneKey, double)> Backlog(IReadOnlyList<DepthRow> depth, Dictionary<LaneKey, double> runs) =>
        [.. depth.GroupBy(row => row.Lane)
            .Where(lane => runs.ContainsKey(lane.Key))
            .Select(lane => (lane.Key, lane.Sum(row => row.Jobs) * runs[lane.Key]))];
}

/// <summary>What the instruments of the queue report.</summary>
/// <param name="Running">Jobs that run, by lane and priority.</param>
/// <param name="Backlog">Expected seconds of work that wait, by lane.</param>
sealed record QueueReading(
    IReadOnlyList<DepthRow> Depth, IReadOnlyList<(LaneKey Lane, JobPriority Priority, long Jobs)> Running,
    IReadOnlyList<(LaneKey Lane, double Seconds)> Backlog, IReadOnlyList<QueueHalt> Halts)
{
    public static readonly QueueReading None = new([], [], [], []);
}
