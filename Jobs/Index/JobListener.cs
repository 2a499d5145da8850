using StackExchange.Redis;

namespace AiPlatform.Jobs.Index;

/// <summary>One subscription to one job's bell.</summary>
sealed class JobListener(RedisLink link, RedisChannel channel, bool onlyEnd, Action left) : IAsyncDisposable
{
    /// <summary>What finish.lua says.</summary>
    const string Finished = "finished";

    /// <summary>What append_event.lua says.</summary>
    const string Event = "event";

    readonly SemaphoreSlim _rung = new(0);
    bool _listens;
    int _changed;

    /// <summary>Begins to hear the bell; while Redis is away, the next wait does.</summary>
    public async Task StartAsync()
    {
        if (!_listens && !link.IsAway)
        {
            _listens = true;
            await link.ListenAsync(channel, OnRing);
        }
    }

    /// <summary>Waits for a ring since the last wait, at most this long; false without one.</summary>
    public async Task<bool> WaitAsync(TimeSpan atMost, CancellationToken ct)
    {
        await StartAsync();
        return await _rung.WaitAsync(atMost, ct);
    }

    /// <summary>Whether a ring since the last call said more than that an event was added.</summary>
    public bool TakeChanged() => Interlocked.Exchange(ref _changed, 0) != 0;

    public ValueTask DisposeAsync()
    {
        link.Unlisten(channel, OnRing);
        left();
        _rung.Dispose();
        return ValueTask.CompletedTask;
    }

    void OnRing(RedisChannel from, RedisValue message)
    {
        if (message != Event)
        {
            Volatile.Write(ref _changed, 1);
        }
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
