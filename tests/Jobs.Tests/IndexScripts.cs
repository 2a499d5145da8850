using System.Globalization;
using AiPlatform.Jobs.Index;
using StackExchange.Redis;

namespace AiPlatform.Jobs.Tests;

/// <summary>An index of a test's own, moved by the scripts alone.</summary>
sealed class IndexScripts(IDatabase redis)
{
    public string Prefix { get; } = $"{{lua-{Guid.NewGuid():N}}}:";

    public RedisKey Taken => Prefix + "taken";

    public RedisKey Delayed => Prefix + "delayed";

    public RedisKey Lanes => Prefix + "lanes";

    public RedisKey Epoch => Prefix + "epoch";

    public RedisKey Building => Prefix + "building";

    public RedisKey Split => Prefix + "split";

    public RedisKey Paused => Prefix + "paused";

    public RedisKey Lane(int lane) => $"{Prefix}ready:{lane}";

    /// <summary>The job's events and their fence.</summary>
    public RedisKey[] EventsOf(string job) => [$"{Prefix}events:{job}", $"{Prefix}events:{job}:fence"];

    public Task<string[]> TakeAsync(int limit, int highest, int[] lanes, int below = 1_000_000) =>
        TakeAsync(limit, highest, [.. lanes.Select(lane => (lane, below))]);

    public async Task<string[]> TakeAsync(int limit, int highest, (int Lane, int Below)[] lanes) => Texts(await new LuaFile("take", LuaFile.Lines).RunAsync(
        redis, [Epoch, Paused, Lanes, Taken, Split, .. lanes.Select(lane => Lane(lane.Lane))],
        [limit, highest, 5_000, .. lanes.SelectMany(lane => (RedisValue[])[lane.Lane, lane.Below])]));

    public async Task<int> PushAsync(string mode, params (int Lane, double Score, string Id, int DelayMs)[] jobs) =>
        (int)await new LuaFile("push", LuaFile.Lines).RunAsync(redis, [Taken, Delayed, Lanes, Split, .. jobs.Select(job => Lane(job.Lane))],
            [mode, 10_000, jobs.Max(job => job.Lane), Prefix + "wake", .. Arguments(jobs)]);

    public async Task<int> ShowMissingAsync(params (int Lane, double Score, string Id, int DelayMs)[] jobs) =>
        (int)await new LuaFile("show_missing", LuaFile.Lines).RunAsync(redis, [Taken, Delayed, Lanes, Split, .. jobs.Select(job => Lane(job.Lane))],
            [10_000, jobs.Max(job => job.Lane), Prefix + "wake", .. Arguments(jobs)]);

    public async Task<string[]> ReadWaitingAsync(int limit, string from, params int[] lanes) =>
        Texts(await new LuaFile("read_waiting").RunAsync(redis, [.. lanes.Select(Lane)], [limit, from]));

    public async Task<int> SetAsideAsync(params (int Lane, string Id)[] jobs) => (int)await new LuaFile("set_aside", LuaFile.Lines).RunAsync(
        redis, [Taken, Split, .. jobs.Select(job => Lane(job.Lane))],
        [5_000, .. jobs.Index().SelectMany(job => (RedisValue[])[job.Index + 3, job.Item.Id])]);

    static IEnumerable<RedisValue> Arguments((int Lane, double Score, string Id, int DelayMs)[] jobs) =>
        jobs.Index().SelectMany(job => (RedisValue[])[job.Index + 5, job.Item.Score, job.Item.Id, job.Item.DelayMs, 1]);

    public async Task<int> PauseAsync(params string[] members) =>
        (int)await new LuaFile("pause").RunAsync(redis, [Paused], [Prefix + "wake", .. members.Select(member => (RedisValue)member)]);

    /// <summary>Redis' clock, in milliseconds.</summary>
    public async Task<long> NowAsync()
    {
        var time = Texts(await redis.ExecuteAsync("TIME"));
        return (long.Parse(time[0], CultureInfo.InvariantCulture) * 1_000) + (long.Parse(time[1], CultureInfo.InvariantCulture) / 1_000);
    }

    public async Task<(bool Ready, bool Delayed, bool Taken)> PlacesAsync(string id, int lane) => (
        await redis.SortedSetScoreAsync(Lane(lane), id) is not null,
        await redis.SortedSetScoreAsync(Delayed, id) is not null,
        await redis.SortedSetScoreAsync(Taken, id) is not null);

    public static string[] Texts(RedisResult result) => [.. ((RedisResult[])result!).Select(value => (string)value!)];
}
