using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using AiPlatform.Contracts;
using AiPlatform.Jobs.Index;
using StackExchange.Redis;

namespace AiPlatform.Jobs;

/// <summary>What a running job says while it runs: tokens and progress, in a bounded Redis stream a job. States are not kept here:
/// Postgres has them, and <see cref="JobQueue.EventsAsync"/> mixes the two.</summary>
public sealed partial class JobEvents
{
    /// <summary>Entries a job; the oldest go first.</summary>
    public const int Most = 20_000;

    /// <summary>How long events can be read after the last one of a job that never ends properly.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromHours(6);

    /// <summary>How long they can be read after the job is final.</summary>
    public static readonly TimeSpan KeptAfterEnd = TimeSpan.FromMinutes(10);

    // A viewer holds no more of them, however slowly it reads.
    const int Page = 100;
    static readonly LuaFile Append = new("append_event");
    static readonly LuaFile Seal = new("seal_events");

    readonly RedisLink _link;
    readonly QueueKeys _keys;

    internal JobEvents(RedisLink link, QueueKeys keys) => (_link, _keys) = (link, keys);

    /// <summary>Adds an event. False when a later claim of the job has written there: the caller has lost its lease.
    /// While Redis is away the event is dropped: it is for those who watch, and the result does not depend on it.</summary>
    public async Task<bool> AppendAsync(ClaimedJob claim, string type, JsonElement data, CancellationToken ct) =>
        await AddAsync(claim, type, data, ct) != EventResult.Stale;

    /// <summary>The same for a caller to whom it matters whether the event is there.</summary>
    public Task<EventResult> AddAsync(ClaimedJob claim, string type, JsonElement data, CancellationToken ct) =>
        AddAsync(claim.Id, claim.StartedAt!.Value, type, data, ct);

    /// <summary>The same.</summary>
    /// <param name="startedAt">Of the claim, by the database's clock: which of a job's claims it is.</param>
    public async Task<EventResult> AddAsync(Guid id, DateTimeOffset startedAt, string type, JsonElement data, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var (done, answer) = await _link.TryAsync(redis => Append.RunAsync(redis,
            [_keys.Events(id), _keys.EventsFence(id)],
            [Fence(startedAt), type, data.GetRawText(), Most, (long)Kept.TotalSeconds, (string)_keys.Bell(id)!], entry => (string?)entry), writes: false);
        return (done, answer) switch
        {
            (false, _) => EventResult.Dropped,
            (_, "") => EventResult.Stale,
            _ => EventResult.Done,
        };
    }

    /// <summary>Reads what earlier claims of a job have written, in its order. From now on they can write nothing more, so that it is all there will be.</summary>
    /// <returns><see cref="EventResult.Dropped"/> where Redis was away before the end.</returns>
    public async Task<EventResult> TakeOverAsync(ClaimedJob claim, Action<JobEvent> read, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var (done, isOurs) = await _link.TryAsync(
            redis => Seal.RunAsync(redis, [_keys.EventsFence(claim.Id)], [Fence(claim.StartedAt!.Value), (long)Kept.TotalSeconds], answer => (int)answer == 1), writes: false);
        if (!done || !isOurs)
        {
            return done ? EventResult.Stale : EventResult.Dropped;
        }
        for (var after = "0-0"; await PageAsync(claim.Id, after) is { } page; after = page[^1].Id)
        {
            ct.ThrowIfCancellationRequested();
            foreach (var entry in page)
            {
                read(entry);
            }
            if (page.Length < Page)
            {
                return EventResult.Done;
            }
        }
        return EventResult.Dropped;
    }

    /// <summary>The events after one, as far as they have been written; none while Redis is away.</summary>
    internal async IAsyncEnumerable<JobEvent> ReadAsync(Guid id, string after, [EnumeratorCancellation] CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            var page = await PageAsync(id, after) ?? [];
            foreach (var entry in page)
            {
                yield return entry;
                after = entry.Id;
            }
            if (page.Length < Page)
            {
                yield break;
            }
        }
    }

    /// <returns>Null while Redis is away.</returns>
    async Task<JobEvent[]?> PageAsync(Guid id, string after)
    {
        var (done, answer) = await _link.TryAsync(
            redis => redis.ExecuteAsync("XRANGE", (string)_keys.Events(id)!, "(" + after, "+", "COUNT", Page), writes: false);
        return done ? [.. ((RedisResult[])answer!).Select(Event)] : null;
    }

    static JobEvent Event(RedisResult entry)
    {
        var (id, fields) = ((string)((RedisResult[])entry!)[0]!, (RedisValue[])((RedisResult[])entry!)[1]!);
        return new JobEvent(id, fields[1]!, JsonElement.Parse((string)fields[3]!));
    }

    static long Fence(DateTimeOffset startedAt) => startedAt.UtcTicks / TimeSpan.TicksPerMicrosecond;

    /// <summary>Whether a caller's <c>Last-Event-ID</c> can be one of ours: two numbers joined by a hyphen. Redis takes numbers up to 2^64 - 1, but nothing can come after two of
    /// those, which it refuses; 19 digits stay below.</summary>
    public static bool IsEventId(string text) => EventId().IsMatch(text);

    [GeneratedRegex(@"\A[0-9]{1,19}-[0-9]{1,19}\z", RegexOptions.CultureInvariant)]
    private static partial Regex EventId();
}
