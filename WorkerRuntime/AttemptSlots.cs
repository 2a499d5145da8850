using Microsoft.Extensions.Options;

namespace AiPlatform.WorkerRuntime;

/// <summary>The places for attempts. A slot is taken before a job is asked for, or from a run that is then stopped, so more jobs than slots never run.
/// Only one caller takes slots.</summary>
sealed class AttemptSlots(IOptions<WorkerOptions> options)
{
    readonly Lock gate = new();

    // By lease token: an attempt that lost its lease may still be ending while the same job runs here again.
    readonly Dictionary<Guid, Held> running = [];
    TaskCompletionSource freed = New();
    int free = options.Value.Slots;

    public int Count => options.Value.Slots;

    public int Busy
    {
        get
        {
            lock (gate)
            {
                return running.Values.Count(held => held.HasSlot);
            }
        }
    }

    /// <summary>Also those that are ending and have no slot any more.</summary>
    public IReadOnlyList<Attempt> Running
    {
        get
        {
            lock (gate)
            {
                return [.. running.Values.Select(held => held.Attempt)];
            }
        }
    }

    /// <summary>Completes when a slot is free again. Take it before looking, or one between the two is missed.</summary>
    public Task Freed
    {
        get
        {
            lock (gate)
            {
                return freed.Task;
            }
        }
    }

    /// <summary>Takes every free slot; answers how many.</summary>
    public int TakeFree()
    {
        lock (gate)
        {
            var taken = free;
            free = 0;
            return taken;
        }
    }

    /// <summary>Takes a free slot for a job that was to take the slot of a run; where there is none, that run's.</summary>
    /// <returns>Whether it is the run's: then it has to be stopped.</returns>
    public bool TakeFrom(Attempt lower)
    {
        lock (gate)
        {
            if (free > 0)
            {
                free--;
                return false;
            }
            running[lower.Fence.LeaseToken].HasSlot = false;
            return true;
        }
    }

    /// <summary>Takes the slot of a run that has to make room, also where another is free; a free one only where the run has just ended.</summary>
    /// <returns>Whether the run has to be stopped.</returns>
    public bool TakeOver(Attempt lower)
    {
        lock (gate)
        {
            if (running.TryGetValue(lower.Fence.LeaseToken, out var held))
            {
                held.HasSlot = false;
                return true;
            }
            free--;
            return false;
        }
    }

    public void Return(int unused)
    {
        lock (gate)
        {
            Free(unused);
        }
    }

    /// <summary>Fills a slot taken before; it is free again when <paramref name="work"/> ends, unless another attempt took it.</summary>
    public void Fill(Attempt attempt, Func<Attempt, Task> work)
    {
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var held = new Held(attempt);
        held.Work = RunAsync();
        lock (gate)
        {
            running[attempt.Fence.LeaseToken] = held;
        }
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
                lock (gate)
                {
                    running.Remove(attempt.Fence.LeaseToken);
                    Free(held.HasSlot ? 1 : 0);
                }
                attempt.Dispose();
            }
        }
    }

    /// <summary>Of the runs that <paramref name="may"/> be stopped and are not ending by themselves: the last in priority, and of these the
    /// youngest.</summary>
    public Attempt? LastInPriority(Func<Attempt, bool> may)
    {
        lock (gate)
        {
            return running.Values
                .Where(held => held.HasSlot && !held.Attempt.IsEnding && may(held.Attempt))
                .Select(held => held.Attempt)
                .MaxBy(attempt => (attempt.Job.Priority, attempt.Job.StartedAt, attempt.Job.Id));
        }
    }

    /// <summary>Waits until nothing runs.</summary>
    /// <returns>False when <paramref name="limit"/> or <paramref name="ct"/> came first.</returns>
    public async Task<bool> EmptiedAsync(TimeSpan limit, TimeProvider time, CancellationToken ct)
    {
        Task all;
        lock (gate)
        {
            all = Task.WhenAll(running.Values.Select(held => held.Work));
        }
        await Task.WhenAny(all, Task.Delay(limit, time, ct));
        lock (gate)
        {
            return running.Count == 0;
        }
    }

    void Free(int count)
    {
        if (count > 0)
        {
            free += count;
            freed.TrySetResult();
            freed = New();
        }
    }

    static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    sealed class Held(Attempt attempt)
    {
        public Attempt Attempt => attempt;

        public Task Work { get; set; } = Task.CompletedTask;

        public bool HasSlot { get; set; } = true;
    }
}
