using System.Threading.Channels;
using AiPlatform.Jobs;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AiPlatform.WorkerRuntime;

/// <summary>
/// Renews the leases of all jobs in hand together, three times in a lease's length, and asks at once about a job that somebody says was cancelled.
/// An attempt whose lease could not be renewed is ended by its <see cref="HeldLease"/>.
/// </summary>
sealed partial class LeaseKeeper(
    JobQueue queue, AttemptSlots slots, IOptions<WorkerOptions> options, TimeProvider time, ILogger<LeaseKeeper> logger) : BackgroundService
{
    // Dropping one is harmless: the next round asks about every job in hand.
    readonly Channel<Guid> cancelled = Channel.CreateBounded<Guid>(
        new BoundedChannelOptions(1000) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    bool renewed = true;

    TimeSpan Period => options.Value.Lease / 3;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        queue.JobStopped += OnStopped;
        try
        {
            await Task.WhenAll(RenewAsync(stoppingToken), AskAboutCancelledAsync(stoppingToken));
        }
        finally
        {
            queue.JobStopped -= OnStopped;
        }
    }

    void OnStopped(Guid id) => cancelled.Writer.TryWrite(id);

    async Task RenewAsync(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            // After a failure there is time for several more tries before the leases end.
            await Task.Delay(renewed ? Period : Period / 5, time, ct);
            renewed = await TryRenewAsync(slots.Running, ct);
        }
    }

    async Task AskAboutCancelledAsync(CancellationToken ct)
    {
        await foreach (var id in cancelled.Reader.ReadAllAsync(ct))
        {
            // Asked, not believed: the message may be older than the claim in hand, and the answer tells a cancelled job from one taken back.
            await TryRenewAsync([.. slots.Running.Where(attempt => attempt.Job.Id == id)], ct);
        }
    }

    async Task<bool> TryRenewAsync(IReadOnlyList<Attempt> attempts, CancellationToken ct)
    {
        if (attempts.Count == 0)
        {
            return true;
        }
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Period / 2);
        var sentAt = time.GetTimestamp();
        try
        {
            var answers = await queue.RenewAsync(
                [.. attempts.Select(attempt => new Renewal(attempt.Fence, options.Value.Lease, null))], limit.Token);
            foreach (var (attempt, answer) in attempts.Zip(answers))
            {
                attempt.Lease.Apply(answer.Result, sentAt);
            }
            return true;
        }
        catch (Exception failure) when (StoreAbsence.Is(failure, ct))
        {
            if (renewed)
            {
                LogNotRenewed(logger, attempts.Count, options.Value.Lease.TotalSeconds, failure.Message);
            }
            return false;
        }
    }

    [LoggerMessage(3020, LogLevel.Warning,
        "The leases of {Count} jobs in hand could not be renewed; what is not renewed within {LeaseSeconds} s is stopped. {Reason}")]
    static partial void LogNotRenewed(ILogger logger, int count, double leaseSeconds, string reason);
}
