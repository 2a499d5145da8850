using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs.Index;
using StackExchange.Redis;

namespace AiPlatform.Jobs;

/// <summary>What a running job says while it runs: tokens and progress, in a bounded Redis stream a job. States are not kept here:
/// Postgres has them, and <see cref="JobQueue.EventsAsync"/> mixes the two.</summary>
public sealed class JobEvents
{
    /// <summary>Entries a job; the oldest go first.</summary>
    public const int Most = 20_000;

    /// <summary>How long events can be read after the last one of a job that never ends properly.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromHours(6);

    /// <summary>How long they can be read after the job is final.</summary>
    public static readonly TimeSpan KeptAfterEnd = TimeSpan.FromMinutes(10);

    const int Page = 500;
    static readonly LuaFile Append = new("append_event");

    readonly RedisLink _link;
    readonly QueueKeys _keys;

    internal JobEvents(RedisLink link, QueueKeys keys) => (_link, _keys) = (link, keys);

    /// <summary>Adds an event. False when a later claim of the job has written there: the caller has lost its lease.
    /// While Redis is away the event is dropped: it is for those who watch, and the result does not depend on it.</summary>
    public async Task<bool> AppendAsync(ClaimedJob claim, string type, JsonElement data, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var fence = claim.StartedAt!.Value.UtcTicks / TimeSpan.TicksPerMicrosecond;
        var (done, answer) = await _link.TryAsync(redis => Append.RunAsync(redis,
            [_keys.Events(claim.Id), _keys.EventsFence(claim.Id)],
            [fence, type, data.GetRawText(), Most, (long)Kept.TotalSeconds, (string)_keys.Bell(claim.Id)!], id => (string?)id), writes: false);
        return !done || answer != "";
    }

    /// <summary>The events after one, as far as they have been written; none while Redis is away.</summary>
    internal async IAsyncEnumerable<JobEvent> ReadAsync(Guid id, string after, [EnumeratorCancellation] CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            var (done, answer) = await _link.TryAsync(
                redis => redis.ExecuteAsync("XRANGE", (string)_keys.Events(id)!, "(" + after, "+", "COUNT", Page), writes: false);
            var entries = done ? (RedisResult[])answer! : [];
            foreach (var entry in entries)
            {
                var (entryId, fields) = ((string)((RedisResult[])entry)[0]!, (RedisValue[])((RedisResult[])entry)[1]!);
                yield return new JobEvent(entryId, fields[1]!, JsonElement.Parse((string)fields[3]!));
                after = entryId;
            }
            if (entries.Length < Page)
            {
                yield break;
            }
        }
    }

    /// <summary>Whether a caller's <c>Last-Event-ID</c> can be one of ours: two numbers joined by a hyphen.</summary>
    public static bool IsEventId(string text) =>
        text.Split('-') is [var time, var count] && IsNumber(time) && IsNumber(count);

    static bool IsNumber(string text) => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _);
}
