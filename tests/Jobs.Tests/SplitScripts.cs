using AiPlatform.Jobs.Index;
using StackExchange.Redis;

namespace AiPlatform.Jobs.Tests;

/// <summary>A job as the scripts are told of it. Its score is its priority and its number.</summary>
sealed record LineJob(int Lane, int Level, int Number, int Owner)
{
    public string Id => $"{Lane}/{Level}/{Number}/{Owner}";

    public double Score => QueueKeys.Score((short)Level, Number);

    /// <summary>Jobs of one owner with numbers that follow each other.</summary>
    public static LineJob[] Line(int owner, int from, int count, int lane = 1, int level = 3) =>
        [.. Enumerable.Range(from, count).Select(number => new LineJob(lane, level, number, owner))];

    public static List<int> Owners(IEnumerable<string> ids) => [.. ids.Select(id => int.Parse(id.Split('/')[3], null))];

    public static List<int> Numbers(IEnumerable<string> ids) => [.. ids.Select(id => int.Parse(id.Split('/')[2], null))];
}

/// <summary>An index of a test's own with lanes that may be split, moved by the scripts alone.</summary>
sealed class SplitScripts(IDatabase redis)
{
    const int Check = 5_000;

    static readonly LuaFile Take = new("take", LuaFile.Lines);
    static readonly LuaFile Push = new("push", LuaFile.Lines);
    static readonly LuaFile ShowMissing = new("show_missing", LuaFile.Lines);
    static readonly LuaFile Finish = new("finish", LuaFile.Lines);
    static readonly LuaFile Hold = new("hold", LuaFile.Lines);
    static readonly LuaFile SetAside = new("set_aside", LuaFile.Lines);
    static readonly LuaFile Forget = new("forget", LuaFile.Lines);
    static readonly LuaFile Position = new("position", LuaFile.Lines);
    static readonly LuaFile Show = new("show_shares", LuaFile.Lines);
    static readonly LuaFile BeginLining = new("begin_lining");
    static readonly LuaFile LineUp = new("line_up", LuaFile.Lines);
    static readonly LuaFile EndLining = new("end_lining");
    static readonly LuaFile CountRunning = new("count_running", LuaFile.Lines);
    static readonly LuaFile Recount = new("recount", LuaFile.Lines);

    int _marks;

    public IndexScripts Index { get; } = new(redis);

    RedisValue Wake => Index.Prefix + "wake";

    public RedisKey Key(string name) => Index.Prefix + name;

    public Task BuiltAsync() => redis.StringSetAsync(Index.Epoch, "x");

    /// <summary>A built index whose lanes are all of the mode.</summary>
    public async Task BeginAsync(string mode, params (int Owner, double Weight, int? Most)[] owners)
    {
        await BuiltAsync();
        Assert.True(await ShowSharesAsync(mode, owners: owners));
    }

    public async Task<int> PushAsync(string mode, LineJob[] jobs, int delayMs = 0) => (int)await Push.RunAsync(
        redis, [Index.Taken, Index.Delayed, Index.Lanes, Index.Split, .. jobs.Select(job => Index.Lane(job.Lane))],
        [mode, 2 * Check, jobs.Max(job => job.Lane), Wake, .. Said(jobs, delayMs)]);

    public async Task<int> ShowMissingAsync(params LineJob[] jobs) => (int)await ShowMissing.RunAsync(
        redis, [Index.Taken, Index.Delayed, Index.Lanes, Index.Split, .. jobs.Select(job => Index.Lane(job.Lane))],
        [2 * Check, jobs.Max(job => job.Lane), Wake, .. Said(jobs, delayMs: 0)]);

    static IEnumerable<RedisValue> Said(LineJob[] jobs, int delayMs) =>
        jobs.Index().SelectMany(job => (RedisValue[])[job.Index + 5, job.Item.Score, job.Item.Id, delayMs, job.Item.Owner]);

    /// <summary>The ids that are handed out, in their order.</summary>
    public async Task<string[]> TakeAsync(int limit, params int[] lanes) => await TakeBelowAsync(limit, below: 6, lanes);

    public async Task<string[]> TakeBelowAsync(int limit, short below, params int[] lanes) => [.. IndexScripts.Texts(await Take.RunAsync(
        redis, [Index.Epoch, Index.Paused, Index.Lanes, Index.Taken, Index.Split, .. lanes.Select(Index.Lane)],
        [limit, 1_000, Check, .. lanes.SelectMany(lane => (RedisValue[])[lane, QueueKeys.Score(below, 0)])])).Skip(1)];

    public async Task<int> FinishAsync(params LineJob[] jobs) => (int)await Finish.RunAsync(
        redis, [Index.Taken, Index.Delayed, Index.Split, .. jobs.SelectMany(job => (RedisKey[])[Index.Lane(job.Lane), .. Index.EventsOf(job.Id)])],
        [600, 0, Wake, .. jobs.SelectMany(job => (RedisValue[])[job.Id, Index.Prefix + "bell"])]);

    public async Task HoldAsync(LineJob job) => await Hold.RunAsync(
        redis, [Index.Taken, Index.Delayed, Index.Split, Index.Lane(job.Lane)], [Check, 4, job.Id, job.Owner]);

    public async Task<int> CountRunningAsync(params LineJob[] jobs) => (int)await CountRunning.RunAsync(
        redis, [Index.Taken, Index.Split, .. jobs.Select(job => Index.Lane(job.Lane))],
        [Check, .. jobs.Index().SelectMany(job => (RedisValue[])[job.Index + 3, job.Item.Id, job.Item.Owner])]);

    public async Task SetAsideAsync(LineJob job) => await SetAside.RunAsync(redis, [Index.Taken, Index.Split, Index.Lane(job.Lane)], [Check, 3, job.Id]);

    public async Task ForgetAsync(params LineJob[] jobs) => await Forget.RunAsync(
        redis, [Index.Taken, Index.Delayed, Index.Split], [Wake, .. jobs.Select(job => (RedisValue)job.Id)]);

    public async Task<int?> PositionAsync(LineJob job) =>
        (int?)await Position.RunAsync(redis, [Index.Split, Index.Lane(job.Lane)], [job.Id]);

    /// <param name="all">The mode of lanes that are not named.</param>
    public async Task<bool> ShowSharesAsync(
        string all = "-", (int Lane, string Mode)[]? lanes = null, (int Owner, double Weight, int? Most)[]? owners = null, bool split = true) => (int)await Show.RunAsync(
        redis, [Index.Split, Index.Lanes],
        [
            split ? $"mark {_marks++}" : "", Wake, all, lanes?.Length ?? 0, .. (lanes ?? []).SelectMany(lane => (RedisValue[])[lane.Lane, lane.Mode]),
            .. (owners ?? []).SelectMany(owner => (RedisValue[])[owner.Owner, owner.Weight, owner.Most is { } most ? most : ""]),
        ]) == 1;

    public async Task<int[]> BeginLiningAsync(string mark) =>
        [.. IndexScripts.Texts(await BeginLining.RunAsync(redis, [Index.Split], [mark])).Select(lane => int.Parse(lane, null)).Order()];

    public async Task<int> LineUpAsync(params LineJob[] jobs) => (int)await LineUp.RunAsync(
        redis, [Index.Split, .. jobs.Select(job => Index.Lane(job.Lane))],
        [Check, .. jobs.Index().SelectMany(job => (RedisValue[])[job.Index + 2, job.Item.Id, job.Item.Owner])]);

    public async Task<int> EndLiningAsync(string mark, params int[] lanes) =>
        (int)await EndLining.RunAsync(redis, [Index.Split], [mark, Wake, .. lanes.Select(lane => (RedisValue)lane)]);

    public async Task<int> RecountAsync() => (int)await Recount.RunAsync(redis, [Index.Taken, Index.Split], [Wake]);

    public async Task<string?> ModeAsync(int lane) => await redis.HashGetAsync(Index.Split, lane);

    public async Task<int> RunningAsync(int owner) => (int)await redis.HashGetAsync(Key("running"), owner);

    /// <summary>Every key of the index, without the marks of its state.</summary>
    public async Task<string[]> KeysAsync() =>
        [.. IndexScripts.Texts(await redis.ExecuteAsync("KEYS", Index.Prefix + "*")).Select(key => key[Index.Prefix.Length..]).Order(StringComparer.Ordinal)];

    /// <summary>Takes, and says how many commands that took.</summary>
    public async Task<(string[] Ids, int Calls)> CountedTakeAsync(int limit, params int[] lanes)
    {
        var script = $$"""
            local calls, server = 0, redis
            local redis = { call = function(...) calls = calls + 1 return server.call(...) end }
            local function script()
            {{EmbeddedText.Get("lines.lua")}}
            {{EmbeddedText.Get("take.lua")}}
            end
            local answer = script()
            answer[#answer + 1] = tostring(calls)
            return answer
            """;
        RedisKey[] all = [Index.Epoch, Index.Paused, Index.Lanes, Index.Taken, Index.Split, .. lanes.Select(Index.Lane)];
        RedisValue[] arguments = [limit, 1_000, Check, .. lanes.SelectMany(lane => (RedisValue[])[lane, QueueKeys.Score(6, 0)])];
        var answer = IndexScripts.Texts(await redis.ScriptEvaluateAsync(script, all, arguments));
        return (answer[1..^1], int.Parse(answer[^1], null));
    }
}
