using System.Collections.Concurrent;
using System.Globalization;
using StackExchange.Redis;

namespace AiPlatform.Jobs.Index;

/// <summary>Waiting without polling. A ring only says "look again": what happened is read from the store, so a ring that is lost
/// costs time, never an answer.</summary>
sealed class JobBell(RedisLink link, QueueKeys keys)
{
    static readonly LuaFile Ring = new("ring");

    readonly ConcurrentDictionary<WorkListener, bool> _waiting = [];

    /// <summary>How many listen to each job's bell in this process.</summary>
    readonly ConcurrentDictionary<Guid, int> _here = [];

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

    /// <summary>Hears of new work until disposed. To be called before looking, or a sign between the two is missed.</summary>
    /// <param name="lanes">Where to hear it.</param>
    /// <param name="highest">The highest lane known: what comes in a higher one may be for anybody, and is heard too.</param>
    public WorkListener ListenForWork(int[] lanes, int highest)
    {
        var listener = new WorkListener(lanes, highest, heard => _waiting.TryRemove(heard, out _));
        _waiting.TryAdd(listener, true);
        return listener;
    }

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
        var (listener, begun) = BeginToListen(id, onlyEnd);
        await begun;
        return listener;
    }

    /// <summary>The same for a caller who has something else to do until <c>Begun</c>, from when on it hears.</summary>
    public (JobListener Listener, Task Begun) BeginToListen(Guid id, bool onlyEnd)
    {
        _here.AddOrUpdate(id, 1, (_, count) => count + 1);
        var listener = new JobListener(link, keys.Bell(id), onlyEnd, () => Left(id));
        return (listener, listener.StartAsync());
    }

    /// <summary>Whether anybody, in any process, listens to one job's bell; null where nobody here does and Redis, which knows of the others, is away. A
    /// listener that has just left may still be counted.</summary>
    public async Task<bool?> IsHeardAsync(Guid id)
    {
        if (_here.ContainsKey(id))
        {
            return true;
        }
        var (done, count) = await link.TryAsync(
            async redis => (long)((RedisResult[])(await redis.ExecuteAsync("PUBSUB", "NUMSUB", (string)keys.Bell(id)!))!)[1], writes: false);
        return done ? count > 0 : null;
    }

    void Left(Guid id)
    {
        if (_here.AddOrUpdate(id, 0, (_, count) => count - 1) == 0)
        {
            // Unless another one has come since.
            _here.TryRemove(KeyValuePair.Create(id, 0));
        }
    }

    /// <summary>The message names the lanes, as in "3,14"; another one is for all.</summary>
    void OnWake(RedisChannel channel, RedisValue message)
    {
        int[] lanes = [.. ((string)message!).Split(',').Select(text => int.TryParse(text, CultureInfo.InvariantCulture, out var lane) ? lane : int.MaxValue)];
        foreach (var listener in _waiting.Keys)
        {
            listener.Hear(lanes);
        }
    }

    void OnStopped(RedisChannel channel, RedisValue message)
    {
        if (Guid.TryParse((string?)message, out var id))
        {
            Stopped?.Invoke(id);
        }
    }
}
