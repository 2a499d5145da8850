using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using Microsoft.Extensions.Logging;

namespace AiPlatform.WorkerRuntime;

/// <summary>Writes the latest progress of an attempt, at most once a second: to the job, which renews the lease, and to its events.</summary>
sealed partial class ProgressWriter(
    JobQueue queue, JobEvents events, ClaimedJob job, HeldLease lease, AttemptCancellation cancellation, TimeProvider time, ILogger logger)
    : IDisposable
{
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    static readonly TimeSpan WriteLimit = TimeSpan.FromSeconds(5);

    readonly Lock gate = new();
    readonly CancellationTokenSource stop = new();
    Task writing = Task.CompletedTask;
    JsonElement? latest;
    bool busy;

    public void Report(JsonElement report)
    {
        lock (gate)
        {
            if (stop.IsCancellationRequested)
            {
                return;
            }
            // The caller may dispose the document it is part of before it is written.
            latest = report.Clone();
            if (!busy)
            {
                busy = true;
                writing = Task.Run(WriteAllAsync, CancellationToken.None);
            }
        }
    }

    public async Task StopAsync()
    {
        Task last;
        lock (gate)
        {
            stop.Cancel();
            last = writing;
        }
        await last;
    }

    public void Dispose() => stop.Dispose();

    async Task WriteAllAsync()
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop.Token, cancellation.Token);
        try
        {
            while (TakeLatest() is { } report)
            {
                await WriteAsync(report, ended.Token);
                await Task.Delay(Pause, time, ended.Token);
            }
        }
        catch (Exception) when (ended.IsCancellationRequested)
        {
            // The attempt is over, and its progress with it, however the last write ended.
        }
    }

    async Task WriteAsync(JsonElement report, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(WriteLimit);
        var sentAt = time.GetTimestamp();
        try
        {
            var outcomes = await queue.RenewAsync([new Renewal(JobFence.Of(job), lease.Length, report)], limit.Token);
            lease.Apply(outcomes[0].Result, sentAt);
            if (outcomes[0].Result == RenewResult.Renewed && !await events.AppendAsync(job, JobEventTypes.Progress, report, limit.Token))
            {
                cancellation.Cancel(CancellationReason.LeaseLost);
            }
        }
        catch (Exception failure) when (!ct.IsCancellationRequested)
        {
            // A report that fails is not repeated: the next one says more, and saving the lease is LeaseKeeper's part.
            LogNotWritten(logger, job.Id, failure.GetType().Name, failure.Message);
        }
    }

    JsonElement? TakeLatest()
    {
        lock (gate)
        {
            var report = latest;
            latest = null;
            busy = report is not null;
            return report;
        }
    }

    [LoggerMessage(3003, LogLevel.Warning, "Job {JobId}: a progress report was not written. {Error}: {Reason}")]
    static partial void LogNotWritten(ILogger logger, Guid jobId, string error, string reason);
}
