using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs;

namespace AiPlatform.WorkerRuntime;

/// <summary>One run of one job: the claimed job, its cancellation, and what is told of it while it runs.</summary>
public sealed class Attempt : IDisposable
{
    readonly ProgressWriter progress;
    readonly TokenWriter tokens;

    internal Attempt(ClaimedJob job, AttemptCancellation cancellation, HeldLease lease, ProgressWriter progress, TokenWriter tokens)
    {
        Job = job;
        Fence = JobFence.Of(job);
        Cancellation = cancellation;
        Lease = lease;
        this.progress = progress;
        this.tokens = tokens;
    }

    public ClaimedJob Job { get; }

    public JobFence Fence { get; }

    public AttemptCancellation Cancellation { get; }

    internal HeldLease Lease { get; }

    /// <summary>Shows the job's progress to whoever looks at it. Cheap to call often: the latest report is written at most once a second.</summary>
    /// <param name="report">Any JSON; at most 64 KiB.</param>
    public void ReportProgress(JsonElement report) => progress.Report(report);

    /// <summary>
    /// Adds a piece of generated text to the job's event stream and returns at once. While one write is under way the text that arrives is
    /// collected and goes with the next: one by one at low load, in batches at high load.
    /// </summary>
    public void AppendToken(string text) => tokens.Append(text);

    /// <summary>Waits until the text appended so far is written or given up, and reports nothing more.</summary>
    internal async Task EndReportsAsync(TimeSpan limit)
    {
        await tokens.FlushAsync(limit);
        await progress.StopAsync();
    }

    public void Dispose()
    {
        Lease.Dispose();
        progress.Dispose();
    }
}
