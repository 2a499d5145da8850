using System.Diagnostics;
using AiPlatform.Contracts;
using AiPlatform.Jobs.Store;
using Microsoft.Extensions.Logging;

namespace AiPlatform.Jobs;

/// <summary>Logs the outcomes that no worker logs, and counts those that none reports: cancelled, out of time, lost with a worker. One line a job; workers of
/// <c>WorkerRuntime</c> log those of their runs.</summary>
sealed partial class OutcomeLog(JobStore store, LaneDirectory lanes, JobsTelemetry telemetry, ILogger<OutcomeLog> log)
{
    public async Task CancelledAsync(IReadOnlyList<EndedRow> jobs, CancellationToken ct)
    {
        await CountAsync(jobs, JobStatus.Cancelled, null);
        await LogAsync(jobs, _ => "cancelled", null, ct);
    }

    public async Task ExpiredAsync(IReadOnlyList<EndedRow> jobs, CancellationToken ct)
    {
        await CountAsync(jobs, JobStatus.Failed, ErrorCategories.DeadlineExceeded);
        await LogAsync(jobs, _ => "failed", ErrorCategories.DeadlineExceeded, ct);
    }

    /// <summary>Jobs whose workers stopped renewing; the flag says which of them are not run again.</summary>
    public async Task LostAsync(IReadOnlyList<EndedRow> jobs, CancellationToken ct)
    {
        await CountAsync(jobs.Where(job => job.Flag), JobStatus.Failed, ErrorCategories.LeaseLost);
        await LogAsync(jobs, job => job.Flag ? "failed" : "lease lost, will be run again", ErrorCategories.LeaseLost, ct);
    }

    /// <summary>An attempt that a worker outside of this system reports; its trace is that of the report.</summary>
    /// <param name="errorCategory">A worker's own word, which may be anything, is logged as "other".</param>
    public async Task RanAsync(FinishedRow job, string outcome, string? errorCategory)
    {
        if (!log.IsEnabled(LogLevel.Information))
        {
            return;
        }
        var category = errorCategory is null || ErrorCategories.All.Contains(errorCategory) ? errorCategory : "other";
        await LogAsync(
            new EndedRow(job.Id, job.Lane, Flag: false, job.FinishedAt, job.Priority, job.Attempt, job.StartedAt), outcome, category, Activity.Current?.TraceId.ToString());
    }

    /// <summary>A report of a worker outside of this system that nothing is recorded of.</summary>
    public void TooLate(Guid job) => LogTooLate(job, Activity.Current?.TraceId.ToString());

    async Task CountAsync(IEnumerable<EndedRow> jobs, JobStatus status, string? errorCategory)
    {
        foreach (var job in jobs)
        {
            telemetry.Finished(job.Id, await lanes.FindAsync(job.Lane), job.Priority, status, errorCategory, job.At);
        }
    }

    async Task LogAsync(IReadOnlyList<EndedRow> jobs, Func<EndedRow, string> outcome, string? errorCategory, CancellationToken ct)
    {
        if (jobs.Count == 0 || !log.IsEnabled(LogLevel.Information))
        {
            return;
        }
        var traces = await TracesAsync(jobs, ct);
        foreach (var job in jobs)
        {
            var trace = traces.TryGetValue(job.Id, out var known) && known.Context is var context && context != default ? context.TraceId.ToString() : null;
            await LogAsync(job, outcome(job), errorCategory, trace);
        }
    }

    async Task LogAsync(EndedRow job, string outcome, string? errorCategory, string? traceId)
    {
        var lane = await lanes.FindAsync(job.Lane);
        var total = Math.Max(0, (job.At - JobsTelemetry.SubmittedAt(job.Id)).TotalSeconds);
        var ran = job.RanSince is { } since ? (job.At - since).TotalSeconds : 0;
        LogOutcome(job.Id, lane?.TaskType, lane?.ModelProfile, job.Attempt, outcome, total, ran, errorCategory, traceId);
    }

    async Task<Dictionary<Guid, JobTrace>> TracesAsync(IReadOnlyList<EndedRow> jobs, CancellationToken ct)
    {
        try
        {
            return await store.TracesAsync([.. jobs.Select(job => job.Id)], ct);
        }
        catch (StoreUnavailableException)
        {
            // What has happened is told without them.
            return [];
        }
    }

    [LoggerMessage(2050, LogLevel.Information,
        "Job {JobId} ({TaskType} on {ModelProfile}), attempt {Attempt}: {Outcome}; {TotalSeconds:0.000} s after its creation, ran {RunSeconds:0.000} s, "
        + "error {ErrorCategory}, trace {TraceId}.")]
    partial void LogOutcome(
        Guid jobId, string? taskType, string? modelProfile, int attempt, string outcome, double totalSeconds, double runSeconds, string? errorCategory, string? traceId);

    [LoggerMessage(2051, LogLevel.Information, "Job {JobId}: a worker reported an end without the lease for it; nothing was recorded, trace {TraceId}.")]
    partial void LogTooLate(Guid jobId, string? traceId);
}
