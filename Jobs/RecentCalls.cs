using System.Collections.Concurrent;
using AiPlatform.Jobs.Index;

namespace AiPlatform.Jobs;

/// <summary>Which job a call has made, by a print of the call, so that the same call made again finds it on any process. Kept in Redis; what is noted while
/// that is away, only this process knows.</summary>
public sealed class RecentCalls
{
    /// <summary>Calls that this process keeps by itself; the oldest are forgotten first.</summary>
    const int MostHere = 10_000;

    readonly RedisLink _link;
    readonly QueueKeys _keys;
    readonly ConcurrentDictionary<string, Guid> _here = [];
    readonly ConcurrentQueue<string> _order = [];

    internal RecentCalls(RedisLink link, QueueKeys keys) => (_link, _keys) = (link, keys);

    /// <summary>The last job noted under a print.</summary>
    public async Task<Guid?> FindAsync(string print)
    {
        if (_here.TryGetValue(print, out var here))
        {
            return here;
        }
        var (done, id) = await _link.TryAsync(redis => redis.StringGetAsync(_keys.Call(print)), writes: false);
        return done && Guid.TryParse((string?)id, out var job) ? job : null;
    }

    public async Task NoteAsync(string print, Guid job, TimeSpan kept)
    {
        if ((await _link.TryAsync(redis => redis.StringSetAsync(_keys.Call(print), job.ToString(), kept), writes: false)).Done)
        {
            _here.TryRemove(print, out _);
            return;
        }
        _here[print] = job;
        _order.Enqueue(print);
        while (_order.Count > MostHere && _order.TryDequeue(out var oldest))
        {
            _here.TryRemove(oldest, out _);
        }
    }
}
