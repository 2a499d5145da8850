using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace AiPlatform.Jobs.Index;

/// <summary>Access to a Redis that may be away. A failed call is an outcome, never an exception: the caller goes on from Postgres. After one
/// failure nobody waits for another: calls fail at once until <see cref="ProbeAsync"/> has had an answer.</summary>
sealed partial class RedisLink(RedisConnection connection, QueueKeys keys, IOptions<JobsOptions> options, ILogger<RedisLink> log)
{
    /// <summary>How a server begins its answer that could not serve any command now.</summary>
    static readonly string[] Unable = ["LOADING", "READONLY", "OOM", "MISCONF", "BUSY", "MASTERDOWN", "NOREPLICAS", "CLUSTERDOWN", "NOAUTH"];

    static readonly TimeSpan ProbeKept = TimeSpan.FromMinutes(1);

    /// <summary>1 while this process owes the index something that it could not write.</summary>
    int _owing;

    int _away;

    TimeSpan Limit => options.Value.RedisTimeout;

    /// <summary>True from the first failed call to the next good probe.</summary>
    public bool IsAway => Volatile.Read(ref _away) == 1 || !connection.IsConnected;

    /// <summary>Hears a channel until <see cref="Unlisten"/>, whatever becomes of the connection meanwhile.</summary>
    public async Task<bool> ListenAsync(RedisChannel channel, Action<RedisChannel, RedisValue> handler) => (await TryAsync(async _ =>
    {
        await connection.ListenAsync(channel, handler);
        return true;
    }, writes: false)).Done;

    public void Unlisten(RedisChannel channel, Action<RedisChannel, RedisValue> handler)
    {
        try
        {
            connection.Unlisten(channel, handler);
        }
        catch (Exception failure) when (IsAbsence(failure))
        {
            Away(owing: false, failure.Message);
        }
    }

    /// <summary>Runs one call.</summary>
    /// <param name="writes">True where a failure leaves the index without something it should show: it is then rebuilt.</param>
    public async Task<(bool Done, T? Answer)> TryAsync<T>(Func<IDatabase, Task<T>> call, bool writes)
    {
        if (!IsAway)
        {
            return await CallAsync(call, writes);
        }
        Away(writes, "not connected");
        return (false, default);
    }

    /// <summary>Asks whether Redis is back, and first settles what is owed to it. Where it does not answer although the client thinks that it is
    /// connected, Redis is asked on another connection. One that answers and takes no write, as it is full or read-only, is not back.</summary>
    public async Task ProbeAsync()
    {
        if (!connection.IsConnected)
        {
            return;
        }
        if (!await AnswersAsync())
        {
            if (!await ReplaceAsync() || !await AnswersAsync())
            {
                return;
            }
            LogReplaced();
        }
        connection.Keep();
        if (await TakesWritesAsync() && Interlocked.Exchange(ref _away, 0) == 1)
        {
            LogBack();
        }
    }

    async Task<bool> AnswersAsync() => (await CallAsync(redis => redis.PingAsync(), writes: false)).Done;

    async Task<bool> TakesWritesAsync() =>
        (await CallAsync(redis => redis.StringSetAsync(keys.Probe, "", expiry: ProbeKept), writes: false)).Done;

    async Task<bool> ReplaceAsync()
    {
        try
        {
            return await connection.ReplaceAsync(Limit);
        }
        catch (Exception failure) when (IsAbsence(failure))
        {
            return false;
        }
    }

    async Task<(bool Done, T? Answer)> CallAsync<T>(Func<IDatabase, Task<T>> call, bool writes)
    {
        try
        {
            var redis = connection.Database;
            if (Interlocked.Exchange(ref _owing, 0) == 1)
            {
                await SettleAsync(redis);
            }
            return (true, await call(redis).WaitAsync(Limit));
        }
        catch (Exception failure) when (IsAbsence(failure))
        {
            Away(writes, failure.Message);
            return (false, default);
        }
        catch (Exception refusal) when (refusal is RedisServerException or RedisAnswerException)
        {
            // Redis is there and did not like the command, a mistake of ours, or its answer went astray: neither must cost the job that Postgres already has.
            if (writes)
            {
                Volatile.Write(ref _owing, 1);
            }
            LogRefused(refusal);
            return (false, default);
        }
    }

    void Away(bool owing, string reason)
    {
        if (owing)
        {
            Volatile.Write(ref _owing, 1);
        }
        if (Interlocked.Exchange(ref _away, 1) == 0)
        {
            LogAway(reason);
        }
    }

    /// <summary>Without its epoch the index is rebuilt, and a build that is under way counts for nothing; until then everybody claims from
    /// Postgres.</summary>
    async Task SettleAsync(IDatabase redis)
    {
        try
        {
            await redis.KeyDeleteAsync([keys.Epoch, keys.Building]).WaitAsync(Limit);
        }
        catch (Exception failure) when (IsAbsence(failure))
        {
            Volatile.Write(ref _owing, 1);
            throw;
        }
    }

    /// <summary>Also a server that answers, but only that it cannot serve: it is loading, full, read-only or busy.</summary>
    public static bool IsAbsence(Exception failure) => failure switch
    {
        RedisServerException said => Unable.Any(word => said.Message.StartsWith(word, StringComparison.Ordinal)),
        RedisException or TimeoutException or ObjectDisposedException => true,
        _ => false,
    };

    [LoggerMessage(2101, LogLevel.Warning, "Redis is away ({Reason}); the queue goes on from Postgres alone.")]
    partial void LogAway(string reason);

    [LoggerMessage(2102, LogLevel.Information, "Redis is back.")]
    partial void LogBack();

    [LoggerMessage(2104, LogLevel.Warning, "The connection to Redis was dead; another one took its place.")]
    partial void LogReplaced();

    [LoggerMessage(2103, LogLevel.Error, "Redis refused a command of the queue, or answered another one. The queue goes on; this is a mistake in it, or in its client, that should be reported.")]
    partial void LogRefused(Exception refusal);
}
