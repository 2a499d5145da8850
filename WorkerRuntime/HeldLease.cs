using System.Diagnostics;
using AiPlatform.Jobs;

namespace AiPlatform.WorkerRuntime;

/// <summary>The worker's own view of a lease: cancels the attempt when it ends without a renewal, whatever the store is doing then.</summary>
sealed class HeldLease : IDisposable
{
    readonly TimeSpan length;
    readonly AttemptCancellation cancellation;
    readonly TimeProvider time;
    readonly ITimer end;

    /// <param name="askedAt">Timestamp taken before the claim was sent: counted from there the lease ends no later than in the store, however
    /// long the claim took.</param>
    public HeldLease(TimeSpan length, long askedAt, AttemptCancellation cancellation, TimeProvider time)
    {
        this.length = length;
        this.cancellation = cancellation;
        this.time = time;
        end = time.CreateTimer(_ => cancellation.Cancel(CancellationReason.LeaseLost), null, LeftSince(askedAt), Timeout.InfiniteTimeSpan);
    }

    public TimeSpan Length => length;

    /// <param name="sentAt">Timestamp taken before the renewal was sent, as for the claim.</param>
    public void Apply(RenewResult answer, long sentAt)
    {
        switch (answer)
        {
            case RenewResult.Renewed:
                end.Change(LeftSince(sentAt), Timeout.InfiniteTimeSpan);
                break;
            case RenewResult.Cancelled:
                cancellation.Cancel(CancellationReason.Cancelled);
                break;
            case RenewResult.LeaseLost:
                cancellation.Cancel(CancellationReason.LeaseLost);
                break;
            default:
                throw new UnreachableException($"Unknown answer {answer} to a renewal.");
        }
    }

    public void Dispose() => end.Dispose();

    TimeSpan LeftSince(long timestamp) => length - time.GetElapsedTime(timestamp) is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;
}
