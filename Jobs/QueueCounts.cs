using AiPlatform.Contracts;
using AiPlatform.Jobs.Store;

namespace AiPlatform.Jobs;

/// <summary>Counts by every dimension, from one pass over the store.</summary>
static class QueueCounts
{
    public static QueueStats Summarize(IReadOnlyList<CountRow> rows) => new()
    {
        ByStatus = Enum.GetValues<JobStatus>().ToDictionary(status => Word(status), status => Sum(rows, status)),
        ByTaskType = By(rows, row => row.TaskType),
        ByModelProfile = By(rows, row => row.ModelProfile),
        ByOwnerService = By(rows, row => row.Owner),
        Errors = rows.Where(row => row is { Status: JobStatus.Failed, ErrorCategory: not null })
            .GroupBy(row => row.ErrorCategory!)
            .ToDictionary(group => group.Key, group => group.Sum(row => row.Jobs)),
        Paused = false,
        Degraded = false,
    };

    static IReadOnlyList<StatsRow> By(IReadOnlyList<CountRow> rows, Func<CountRow, string> name) =>
        [.. rows.GroupBy(name).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => new StatsRow(
            group.Key,
            Sum(group, JobStatus.Pending),
            Sum(group, JobStatus.Running),
            Sum(group, JobStatus.Completed),
            Sum(group, JobStatus.Failed),
            Sum(group, JobStatus.Cancelled)))];

    static long Sum(IEnumerable<CountRow> rows, JobStatus status) => rows.Where(row => row.Status == status).Sum(row => row.Jobs);

    static string Word(JobStatus status) => status.ToString().ToLowerInvariant();
}
