using System.Collections.Concurrent;
using AiPlatform.Jobs.Index;

namespace AiPlatform.Jobs;

/// <summary>Counts the requests of callers that may make so many a second, over all processes in Redis. While that is away each process counts alone.</summary>
public sealed class RequestRates
{
    /// <summary>A pause earns as many requests at once as the rate allows in this time.</summary>
    public static readonly TimeSpan Burst = TimeSpan.FromSeconds(10);

    static readonly LuaFile Script = new("rate");

    readonly RedisLink _link;
    readonly QueueKeys _keys;
    readonly TimeProvider _time;
    readonly ConcurrentDictionary<string, long> _paidHere = new(StringComparer.Ordinal);

    internal RequestRates(RedisLink link, QueueKeys keys, TimeProvider time) => (_link, _keys, _time) = (link, keys, time);

    /// <summary>Counts one request.</summary>
    /// <param name="rate">Requests a second.</param>
    /// <returns>When the next one may come, where this is one too many; zero where it is not.</returns>
    public async Task<TimeSpan> TakeAsync(string caller, double rate)
    {
        var cost = (long)Math.Max(1, TimeSpan.MicrosecondsPerSecond / rate);
        var ahead = Math.Max(0, (long)Burst.TotalMicroseconds - cost);
        var (done, wait) = await _link.TryAsync(
            redis => Script.RunAsync(redis, [_keys.Rate(caller)], [cost, ahead], answer => (long)answer), writes: false);
        return TimeSpan.FromMicroseconds(done ? wait : TakeHere(caller, cost, ahead));
    }

    /// <summary>The same as <c>rate.lua</c>. There are no more names than callers.</summary>
    long TakeHere(string caller, long cost, long ahead)
    {
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds() * 1000;
        while (true)
        {
            var known = _paidHere.TryGetValue(caller, out var before);
            var paid = Math.Min(known ? Math.Max(before, now) : now, now + ahead + cost);
            if (paid - now > ahead)
            {
                return paid - now - ahead;
            }
            if (known ? _paidHere.TryUpdate(caller, paid + cost, before) : _paidHere.TryAdd(caller, paid + cost))
            {
                return 0;
            }
        }
    }
}
