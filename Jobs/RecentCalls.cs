using AiPlatform.Jobs.Index;
using StackExchange.Redis;

namespace AiPlatform.Jobs;

/// <summary>Which jobs the calls of clients that may make them again have made, by a print of the call, so that any process finds the job of a call whose
/// answer was lost. Kept in Redis; what is noted while that is away, only this process knows.</summary>
public sealed class RecentCalls
{
    /// <summary>The field of the last job whose caller has had its answer.</summary>
    const string Answered = "answered";

    /// <summary>What stands beside a job whose caller did not get an answer, or one that tells it to ask again.</summary>
    const string Lost = "lost";

    /// <summary>Equal calls beyond these matter no more.</summary>
    const int MostLookedAt = 8;

    /// <summary>A client makes a call up to four times, and each may be waited for anew.</summary>
    const int Tries = 4;

    readonly RedisLink _link;
    readonly QueueKeys _keys;
    readonly JobBell _bell;
    readonly TimeProvider _time;
    readonly CallsHere _here = new();

    /// <summary>What stands beside a job whose caller this process serves. Redis knows who listens: of a process that was killed, nobody does.</summary>
    readonly Guid _process = Guid.CreateVersion7();

    bool _listens;

    internal RecentCalls(RedisLink link, QueueKeys keys, JobBell bell, TimeProvider time) => (_link, _keys, _bell, _time) = (link, keys, bell, time);

    /// <summary>The jobs that equal calls have made, as far as they may still matter, the latest first.</summary>
    /// <param name="kept">How long a call is waited for at most.</param>
    public async Task<IReadOnlyList<RecentCall>> FindAsync(string print, TimeSpan kept)
    {
        var fields = await NotedAsync(print, kept);
        List<RecentCall> calls = [.. _here.Of(print)];
        Dictionary<RedisValue, CallState> states = new() { [Lost] = CallState.Lost };
        foreach (var field in fields.OrderByDescending(JobOf).Take(MostLookedAt))
        {
            if (field.Name == Answered)
            {
                calls.Add(new(Guid.Parse((string)field.Value!), CallState.Answered));
                continue;
            }
            var job = Guid.Parse((string)field.Name!);
            if (calls.Any(call => call.Job == job))
            {
                continue;
            }
            if (!states.TryGetValue(field.Value, out var state))
            {
                states[field.Value] = state = await IsServedByAsync(Guid.Parse((string)field.Value!)) ? CallState.Served : CallState.Lost;
            }
            calls.Add(new(job, state));
        }
        return [.. calls.OrderByDescending(call => call.Job).Take(MostLookedAt)];
    }

    /// <summary>Takes the job of a call that nobody serves any more.</summary>
    /// <returns>False where another call has taken it meanwhile.</returns>
    public async Task<bool> TakeAsync(string print, Guid job)
    {
        var (done, taken) = await _link.TryAsync(redis => redis.HashDeleteAsync(_keys.Call(print), job.ToString()), writes: false);
        return _here.Remove(print, job) || (done && taken);
    }

    /// <summary>Notes a call before its job is made, or is waited for again.</summary>
    /// <param name="kept">How long from now its end is certain to be noted.</param>
    public async Task BeginAsync(string print, Guid job, TimeSpan kept)
    {
        _listens = _listens || await _link.ListenAsync(_keys.Bell(_process), (_, _) => { });
        await NotedAsync(print, kept);
        if (!_listens || !await WriteAsync(print, kept, changes => changes.HashSetAsync(_keys.Call(print), job.ToString(), _process.ToString())))
        {
            _here.Set(print, job, CallState.Served);
        }
    }

    /// <summary>Notes the end of a call.</summary>
    /// <param name="isAnswered">Whether its caller has an answer and will not ask again.</param>
    public async Task EndAsync(string print, Guid job, bool isAnswered, TimeSpan kept)
    {
        var key = _keys.Call(print);
        var isNoted = await WriteAsync(print, kept, changes =>
        {
            if (!isAnswered)
            {
                return changes.HashSetAsync(key, job.ToString(), Lost);
            }
            _ = changes.HashDeleteAsync(key, job.ToString());
            return changes.HashSetAsync(key, Answered, job.ToString());
        });
        if (isNoted)
        {
            _here.Remove(print, job);
        }
        else
        {
            _here.Set(print, job, isAnswered ? CallState.Answered : CallState.Lost);
        }
    }

    /// <summary>What Redis knows of equal calls. What is too old to matter is dropped, or a call made again and again would keep all of it alive.</summary>
    async Task<List<HashEntry>> NotedAsync(string print, TimeSpan kept)
    {
        var (done, fields) = await _link.TryAsync(redis => redis.HashGetAllAsync(_keys.Call(print)), writes: false);
        var earliest = (_time.GetUtcNow() - (Tries * kept)).ToUnixTimeMilliseconds();
        var old = (done ? fields! : []).ToLookup(field => MillisecondsOf(JobOf(field)) < earliest);
        if (old[true].Any())
        {
            await _link.TryAsync(redis => redis.HashDeleteAsync(_keys.Call(print), [.. old[true].Select(field => field.Name)]), writes: false);
        }
        return [.. old[false]];
    }

    static Guid JobOf(HashEntry field) => Guid.Parse((string)(field.Name == Answered ? field.Value : field.Name)!);

    /// <summary>When a job was made: its id is a UUID of version 7, which begins with that.</summary>
    static long MillisecondsOf(Guid job) => Convert.ToInt64(job.ToString("N")[..12], 16);

    /// <summary>What is noted always has an end.</summary>
    async Task<bool> WriteAsync(string print, TimeSpan kept, Func<ITransaction, Task> change) => (await _link.TryAsync(redis =>
    {
        var changes = redis.CreateTransaction();
        _ = change(changes);
        _ = changes.KeyExpireAsync(_keys.Call(print), kept);
        return changes.ExecuteAsync();
    }, writes: false)).Done;

    async Task<bool> IsServedByAsync(Guid process) => process == _process || await _bell.IsHeardAsync(process) is not false;
}
