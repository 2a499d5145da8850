namespace AiPlatform.Api.Callbacks;

/// <summary>The calls a process is making, and how many of them go to each host.</summary>
sealed class CallsInHand
{
    readonly Lock _lock = new();
    readonly Dictionary<string, int> _byHost = [];
    readonly HashSet<Task> _running = [];

    public int Count
    {
        get
        {
            lock (_lock)
                return _byHost.Values.Sum();
        }
    }

    /// <summary>A copy.</summary>
    public IReadOnlyDictionary<string, int> ByHost
    {
        get
        {
            lock (_lock)
                return new Dictionary<string, int>(_byHost);
        }
    }

    /// <summary>Completes when all calls that are running now have ended.</summary>
    public Task All
    {
        get
        {
            lock (_lock)
                return Task.WhenAll(_running);
        }
    }

    /// <summary>Begins a call, which ends with <see cref="Remove"/>.</summary>
    public void Add(string host, Func<Task> call)
    {
        lock (_lock)
            _byHost[host] = _byHost.GetValueOrDefault(host) + 1;
        var running = call();
        lock (_lock)
        {
            _running.RemoveWhere(task => task.IsCompleted);
            _running.Add(running);
        }
    }

    public void Remove(string host)
    {
        lock (_lock)
        {
            if (--_byHost[host] == 0)
                _byHost.Remove(host);
        }
    }
}
