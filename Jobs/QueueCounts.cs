using AiPlatform.Contracts;
using AiPlatform.Jobs.Store;

namespace AiPlatform.Jobs;

/// <summary>Counts by every dimension, from the tallies.</summary>
static class QueueCounts
{
    public static QueueStats Summarize(
        IReadOnlyList<TallyRow> rows, IReadOnlyList<DepthRow> depth, IReadOnlyList<QueueHalt> halts, bool degraded) => new()
        {
            ByStatus = Enum.GetValues<JobStatus>().ToDictionary(status => Word(status), status => Sum(rows, status)),
            ByTaskType = By(rows, row => row.Lane.TaskType),
            ByLane = ByLane(rows, depth, halts),
            ByModelProfile = By(rows, row => row.Lane.ModelProfile),
            ByOwnerService = By(rows, row => row.Owner),
            Errors = rows.Where(row => row is { Status: JobStatus.Failed, ErrorCategory: not null })
                .GroupBy(row => row.ErrorCategory!)
                .ToDictionary(group => group.Key, group => group.Sum(row => row.Jobs)),
            OldestWaitingSeconds = depth.Max(row => row.OldestSeconds),
            Paused = halts.Any(halt => halt.Kind == HaltKind.Paused && halt.IsOfEverything()),
            Stopped = halts.Any(halt => halt.Kind == HaltKind.Stopped && halt.IsOfEverything()),
            Halts = halts,
            Degraded = degraded,
        };

    static IReadOnlyList<StatsRow> By(IReadOnlyList<TallyRow> rows, Func<TallyRow, string> name) =>
        [.. rows.GroupBy(name).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => new StatsRow(
            group.Key,
            Sum(group, JobStatus.Pending),
            Sum(group, JobStatus.Running),
            Sum(group, JobStatus.Completed),
            Sum(group, JobStatus.Failed),
            Sum(group, JobStatus.Cancelled)))];

    static IReadOnlyList<LaneStats> ByLane(IReadOnlyList<TallyRow> rows, IReadOnlyList<DepthRow> depth, IReadOnlyList<QueueHalt> halts)
    {
        var ages = depth.ToLookup(row => row.Lane, row => row.OldestSeconds);
        return [.. rows.GroupBy(row => row.Lane)
            .OrderBy(lane => lane.Key.TaskType, StringComparer.Ordinal).ThenBy(lane => lane.Key.ModelProfile, StringComparer.Ordinal)
            .Select(lane => new LaneStats
            {
                TaskType = lane.Key.TaskType,
                ModelProfile = lane.Key.ModelProfile,
                Pending = Sum(lane, JobStatus.Pending),
                Running = Sum(lane, JobStatus.Running),
                Completed = Sum(lane, JobStatus.Completed),
                Failed = Sum(lane, JobStatus.Failed),
                Cancelled = Sum(lane, JobStatus.Cancelled),
                OldestWaitingSeconds = ages[lane.Key].Max(),
                HaltedBy = [.. halts.Where(halt => halt.Touches(lane.Key.TaskType, lane.Key.ModelProfile))],
            })];
    }

    static long Sum(IEnumerable<TallyRow> rows, JobStatus status) => rows.Where(row => row.Status == status).Sum(row => row.Jobs);

    static string Word(JobStatus status) => status.ToString().ToLowerInvariant();
}
