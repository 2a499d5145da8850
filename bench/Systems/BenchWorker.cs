using System.Threading.Channels;
using AiPlatform.Contracts;

namespace AiPlatform.Bench.Systems;

/// <summary>Claim, run, record, on either of our own levels. A slot is free when its handler is done; a job counts when its result is committed.</summary>
sealed class BenchWorker : IAsyncDisposable
{
    /// <summary>Results that may wait for their commit, as many as jobs may wait for a slot.</summary>
    const int MostUnrecorded = 500;

    readonly IOwnLevel _level;
    readonly Func<BenchJob, Task> _run;
    readonly Action _acknowledged;
    readonly CancellationTokenSource _stop = new();
    readonly SemaphoreSlim _room;
    readonly Channel<ClaimedJob> _claimed;
    readonly Channel<ClaimedJob> _done = Channel.CreateBounded<ClaimedJob>(new BoundedChannelOptions(MostUnrecorded)
    {
        FullMode = BoundedChannelFullMode.Wait,
    });
    int _unclaimed;

    /// <param name="hold">Jobs in hand at most, waiting for a slot or in one.</param>
    /// <param name="limit">Jobs a claim at most.</param>
    /// <param name="claims">Claims at a time.</param>
    /// <param name="most">Jobs to take before it stops; <see cref="int.MaxValue"/> for no end.</param>
    public BenchWorker(IOwnLevel level, int slots, int hold, int limit, int claims, int most, Func<BenchJob, Task> run, Action acknowledged)
    {
        (_level, _run, _acknowledged, _unclaimed) = (level, run, acknowledged, most);
        _room = new SemaphoreSlim(hold);
        _claimed = Channel.CreateBounded<ClaimedJob>(new BoundedChannelOptions(hold) { FullMode = BoundedChannelFullMode.Wait });
        Ended = Task.WhenAll(
        [
            .. Enumerable.Range(0, claims).Select(_ => GuardAsync(() => ClaimLoopAsync(limit))),
            .. Enumerable.Range(0, slots).Select(_ => GuardAsync(HandleLoopAsync)),
            .. Enumerable.Range(0, MostUnrecorded).Select(_ => GuardAsync(RecordLoopAsync)),
        ]);
    }

    /// <summary>Fails with the first loop that fails.</summary>
    public Task Ended { get; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Ended;
        _stop.Dispose();
        _room.Dispose();
    }

    async Task ClaimLoopAsync(int limit)
    {
        while (true)
        {
            await _room.WaitAsync(_stop.Token);
            var asked = 1;
            while (asked < limit && await _room.WaitAsync(TimeSpan.Zero))
            {
                asked++;
            }
            var wanted = Reserve(asked);
            if (wanted == 0)
            {
                return;
            }
            var jobs = await _level.ClaimAsync(wanted, _stop.Token);
            Interlocked.Add(ref _unclaimed, wanted - jobs.Count);
            if (asked > jobs.Count)
            {
                _room.Release(asked - jobs.Count);
            }
            foreach (var job in jobs)
            {
                await _claimed.Writer.WriteAsync(job, _stop.Token);
            }
        }
    }

    /// <summary>How many of the asked may still be taken.</summary>
    int Reserve(int asked)
    {
        while (true)
        {
            var left = Volatile.Read(ref _unclaimed);
            var wanted = Math.Min(asked, left);
            if (Interlocked.CompareExchange(ref _unclaimed, left - wanted, left) == left)
            {
                return wanted;
            }
        }
    }

    async Task HandleLoopAsync()
    {
        await foreach (var job in _claimed.Reader.ReadAllAsync(_stop.Token))
        {
            await _run(BenchJob.From(job.Input.GetValueOrDefault()));
            _room.Release();
            await _done.Writer.WriteAsync(job, _stop.Token);
        }
    }

    async Task RecordLoopAsync()
    {
        await foreach (var job in _done.Reader.ReadAllAsync(_stop.Token))
        {
            await _level.CompleteAsync(job, CancellationToken.None);
            _acknowledged();
        }
    }

    async Task GuardAsync(Func<Task> loop)
    {
        try
        {
            await loop();
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
        }
        catch
        {
            await _stop.CancelAsync();
            throw;
        }
    }
}
