using StackExchange.Redis;

namespace AiPlatform.Jobs.Index;

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
