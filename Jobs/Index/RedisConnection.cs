using StackExchange.Redis;

namespace AiPlatform.Jobs.Index;

/// <summary>The connection to Redis: the process' own until it is dead without knowing so, and from then on another. A client before version 2.7
/// believes in a dead connection until the kernel gives it up, which takes a quarter of an hour. What is listened to moves along.</summary>
sealed class RedisConnection : IDisposable
{
    readonly IConnectionMultiplexer _first;
    readonly Func<IConnectionMultiplexer> _connect;
    readonly Lock _lock = new();
    readonly HashSet<(RedisChannel Channel, Action<RedisChannel, RedisValue> Handler)> _heard = [];
    volatile IConnectionMultiplexer _current;
    int _restores;
    Task<IConnectionMultiplexer>? _next;

    /// <param name="first">The process' own, which is left as it is: others use it as well.</param>
    /// <param name="connect">Makes another, which need not have reached Redis.</param>
    public RedisConnection(IConnectionMultiplexer first, Func<IConnectionMultiplexer> connect)
    {
        (_first, _current, _connect) = (first, first, connect);
        first.ConnectionRestored += OnRestored;
    }

    /// <summary>Raised when Redis is reached again, which may be another server. On any thread.</summary>
    public event Action? Restored;

    /// <summary>How often that was.</summary>
    public int Restores => Volatile.Read(ref _restores);

    public bool IsConnected => _current.IsConnected;

    public IDatabase Database => _current.GetDatabase();

    public Task ListenAsync(RedisChannel channel, Action<RedisChannel, RedisValue> handler)
    {
        lock (_lock)
        {
            _heard.Add((channel, handler));
            return _current.GetSubscriber().SubscribeAsync(channel, handler);
        }
    }

    /// <summary>Does not wait for Redis.</summary>
    public void Unlisten(RedisChannel channel, Action<RedisChannel, RedisValue> handler)
    {
        lock (_lock)
        {
            _heard.Remove((channel, handler));
            _ = _current.GetSubscriber().UnsubscribeAsync(channel, handler, CommandFlags.FireAndForget);
        }
    }

    /// <summary>Changes to another connection if Redis answers on one; one that takes longer is looked at by the next call. Not to be called
    /// twice at a time.</summary>
    public async Task<bool> ReplaceAsync(TimeSpan limit)
    {
        var next = _next ??= Task.Run(_connect);
        if (await Task.WhenAny(next, Task.Delay(limit)) != next)
        {
            return false;
        }
        _next = null;
        var another = await next;
        try
        {
            await another.GetDatabase().PingAsync().WaitAsync(limit);
        }
        catch (Exception failure) when (RedisLink.IsAbsence(failure))
        {
            End(another);
            return false;
        }
        await MoveToAsync(another).WaitAsync(limit);
        return true;
    }

    /// <summary>The connection there is answers: another is not needed.</summary>
    public void Keep()
    {
        if (_next is { } next)
        {
            _next = null;
            _ = EndAsync(next);
        }
    }

    public void Dispose()
    {
        Keep();
        _first.ConnectionRestored -= OnRestored;
        if (_current != _first)
        {
            End(_current);
        }
    }

    Task MoveToAsync(IConnectionMultiplexer another)
    {
        IConnectionMultiplexer before;
        Task moved;
        lock (_lock)
        {
            (before, _current) = (_current, another);
            moved = Task.WhenAll(_heard.Select(heard => another.GetSubscriber().SubscribeAsync(heard.Channel, heard.Handler)));
        }
        another.ConnectionRestored += OnRestored;
        if (before != _first)
        {
            End(before);
        }
        else
        {
            // Should it live again, nobody is to hear everything twice.
            _ = before.GetSubscriber().UnsubscribeAllAsync(CommandFlags.FireAndForget);
        }
        OnRestored();
        return moved;
    }

    async Task EndAsync(Task<IConnectionMultiplexer> connection) => End(await connection);

    void End(IConnectionMultiplexer connection)
    {
        connection.ConnectionRestored -= OnRestored;
        connection.Close(allowCommandsToComplete: false);
        connection.Dispose();
    }

    void OnRestored(object? sender, ConnectionFailedEventArgs restored)
    {
        if (sender == _current)
        {
            OnRestored();
        }
    }

    void OnRestored()
    {
        Interlocked.Increment(ref _restores);
        Restored?.Invoke();
    }
}
