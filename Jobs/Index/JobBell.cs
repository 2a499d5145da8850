using StackExchange.Redis;

namespace AiPlatform.Jobs.Index;

/// <summary>Waiting without polling. A ring only says "look again": what happened is read from the store, so a ring that is lost
/// costs time, never an answer.</summary>
sealed class JobBell(RedisLink link, QueueKeys keys)
{
    static readonly LuaFile Ring = new("ring");

    TaskCompletionSource _work = New();

    bool _listening;

    /// <summary>Begins to hear all bells, if it does not yet. Subscriptions are kept over reconnects, but none is made while Redis is away:
    /// to be called again until it is back.</summary>
    public async Task StartAsync()
    {
        if (_listening)
        {
            return;
        }
        var heard = await Task.WhenAll(link.ListenAsync(keys.Wake, OnWake), link.ListenAsync(keys.Stopped, OnStopped));
        _listening = heard.All(done => done);
    }

    /// <summary>Raised on a thread of the Redis client.</summary>
    public event Action<Guid>? Stopped;

    /// <summary>Completes at the next sign of new work anywhere. Take it before looking, or a sign between the two is missed.</summary>
    public Task NextWork => Volatile.Read(ref _work).Task;

    public Task RingJobAsync(Guid id) => RingJobsAsync([id]);

    /// <summary>Says that something about each of the jobs has changed.</summary>
    public Task RingJobsAsync(IReadOnlyList<Guid> ids) => ids.Count == 0 ? Task.CompletedTask : link.TryAsync(
        redis => Ring.RunAsync(redis, [keys.Epoch], [.. ids.Select(id => (RedisValue)(string)keys.Bell(id)!)]), writes: false);

    public Task RingStoppedAsync(Guid id) => link.TryAsync(
        redis => redis.PublishAsync(keys.Stopped, id.ToString(), CommandFlags.FireAndForget), writes: false);

    /// <summary>Hears one job's bell from now until disposed.</summary>
    /// <param name="onlyEnd">Leave out everything but the final status.</param>
    public async Task<JobListener> ListenAsync(Guid id, bool onlyEnd)
    {
        var listener = new JobListener(link, keys.Bell(id), onlyEnd);
        await listener.StartAsync();
        return listener;
    }

    void OnWake(RedisChannel channel, RedisValue message)
    {
        Interlocked.Exchange(ref _work, New()).TrySetResult();
    }

    void OnStopped(RedisChannel channel, RedisValue message)
    {
        if (Guid.TryParse((string?)message, out var id))
        {
            Stopped?.Invoke(id);
        }
    }

    static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>One subscription to one job's bell.</summary>
sealed class JobListener(RedisLink link, RedisChannel channel, bool onlyEnd) : IAsyncDisposable
{
    /// <summary>What finish.lua says.</summary>
    const string Finished = "finished";

    readonly SemaphoreSlim _rung = new(0);

    public Task StartAsync() => link.ListenAsync(channel, OnRing);

    /// <summary>Waits for a ring since the last wait, at most this long.</summary>
    public Task WaitAsync(TimeSpan atMost, CancellationToken ct) => _rung.WaitAsync(atMost, ct);

    public ValueTask DisposeAsync()
    {
        link.Unlisten(channel, OnRing);
        _rung.Dispose();
        return ValueTask.CompletedTask;
    }

    void OnRing(RedisChannel from, RedisValue message)
    {
        try
        {
            if (_rung.CurrentCount == 0 && (!onlyEnd || message == Finished))
            {
                _rung.Release();
            }
        }
        catch (ObjectDisposedException)
        {
            // A ring that was on its way while the listener left has nobody to reach.
        }
    }
}
