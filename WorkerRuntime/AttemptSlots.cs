using System.Collections.Concurrent;
using Microsoft.Extensions.Options;

namespace AiPlatform.WorkerRuntime;

/// <summary>The places for attempts. A slot is taken before a job is asked for, so more jobs than slots can never be in hand.</summary>
sealed class AttemptSlots(IOptions<WorkerOptions> options) : IDisposable
{
    readonly SemaphoreSlim free = new(options.Value.Slots);

    // By lease token: an attempt that lost its lease may still be ending while the same job runs here again.
    readonly ConcurrentDictionary<Guid, (Attempt Attempt, Task Work)> running = new();

    public int Count => options.Value.Slots;

    public int Busy => running.Count;

    public IReadOnlyList<Attempt> Running => [.. running.Values.Select(entry => entry.Attempt)];

    /// <summary>Waits for a free slot, and takes every free one.</summary>
    public async Task<int> TakeFreeAsync(CancellationToken ct)
    {
        await free.WaitAsync(ct);
        var taken = 1;
        while (taken < Count && free.Wait(TimeSpan.Zero, ct))
        {
            taken++;
        }
        return taken;
    }

    public void Return(int unused)
    {
        if (unused > 0)
        {
            free.Release(unused);
        }
    }

    /// <summary>Fills a slot taken before; it is free again when <paramref name="work"/> ends.</summary>
    public void Fill(Attempt attempt, Func<Attempt, Task> work)
    {
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        running[attempt.Fence.LeaseToken] = (attempt, RunAsync());
        start.SetResult();

        async Task RunAsync()
        {
            // Not before the entry is there that the end removes; and never on the pump's thread.
            await start.Task;
            try
            {
                await work(attempt);
            }
            finally
            {
                running.TryRemove(attempt.Fence.LeaseToken, out _);
                attempt.Dispose();
                free.Release();
            }
        }
    }

    /// <summary>Waits until all slots are free.</summary>
    /// <returns>False when <paramref name="limit"/> or <paramref name="ct"/> came first.</returns>
    public async Task<bool> EmptiedAsync(TimeSpan limit, TimeProvider time, CancellationToken ct)
    {
        var all = Task.WhenAll(running.Values.Select(entry => entry.Work));
        await Task.WhenAny(all, Task.Delay(limit, time, ct));
        return running.IsEmpty;
    }

    public void Dispose() => free.Dispose();
}
