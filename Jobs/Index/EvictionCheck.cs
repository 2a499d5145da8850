using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace AiPlatform.Jobs.Index;

/// <summary>Looks whether Redis may throw the index away when its memory is full: at the start and after every reconnect, which may be to another
/// server. Nothing would be lost, but jobs would wait until the index is repaired.</summary>
sealed partial class EvictionCheck(RedisConnection connection, RedisLink link, ILogger<EvictionCheck> log) : IDisposable
{
    const string Wanted = "noeviction";
    const string Field = "maxmemory_policy:";

    /// <summary>1 until a server has answered.</summary>
    int _due = 1;

    /// <summary>What was warned of last: the same is said once.</summary>
    string _known = Wanted;

    public void Watch() => connection.Restored += OnRestored;

    /// <summary>Checks if it is due and Redis is there.</summary>
    public async Task RunAsync()
    {
        if (link.IsAway || Interlocked.Exchange(ref _due, 0) == 0)
        {
            return;
        }
        var (done, policy) = await link.TryAsync(PolicyAsync, writes: false);
        if (!done)
        {
            Volatile.Write(ref _due, 1);
        }
        else if (policy is not null)
        {
            Tell(policy);
        }
    }

    public void Dispose() => connection.Restored -= OnRestored;

    void Tell(string policy)
    {
        if (policy != _known && policy != Wanted)
        {
            LogEvicts(policy);
        }
        _known = policy;
        LogPolicy(policy);
    }

    /// <summary>Null where the server does not say. INFO and not CONFIG, which managed servers refuse.</summary>
    async Task<string?> PolicyAsync(IDatabase redis)
    {
        try
        {
            var info = (string?)await redis.ExecuteAsync("INFO", "memory") ?? "";
            var line = info.Split('\n').FirstOrDefault(line => line.StartsWith(Field, StringComparison.Ordinal));
            return line?[Field.Length..].Trim();
        }
        catch (RedisServerException refusal) when (!RedisLink.IsAbsence(refusal))
        {
            LogRefused(refusal.Message);
            return null;
        }
    }

    void OnRestored() => Volatile.Write(ref _due, 1);

    [LoggerMessage(2111, LogLevel.Warning, "Redis has maxmemory-policy '{Policy}': when its memory is full it drops parts of the queue's index, and jobs wait "
        + "until that is noticed. Set 'maxmemory-policy noeviction' on this server, or give the queue one of its own.")]
    partial void LogEvicts(string policy);

    [LoggerMessage(2112, LogLevel.Debug, "Redis does not say its maxmemory-policy ({Reason}); it should be 'noeviction'.")]
    partial void LogRefused(string reason);

    [LoggerMessage(2113, LogLevel.Debug, "Redis has maxmemory-policy '{Policy}'.")]
    partial void LogPolicy(string policy);
}
