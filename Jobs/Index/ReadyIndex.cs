using AiPlatform.Contracts;
using AiPlatform.Jobs.Store;
using StackExchange.Redis;

namespace AiPlatform.Jobs.Index;

/// <summary>The order of waiting jobs, in Redis: disposable, idempotent, never the truth. False or null answers mean that Redis is away.</summary>
sealed partial class ReadyIndex(RedisLink link, QueueKeys keys)
{
    /// <summary>A handed-out job that was not claimed is found this long after: well within the ten seconds promised.</summary>
    public static readonly TimeSpan CheckAfter = TimeSpan.FromSeconds(5);

    /// <summary>A check that is later than this was set by another clock: Redis' own was set back, or another server with its data has one that is
    /// behind.</summary>
    static readonly TimeSpan LatestCheck = 2 * CheckAfter;

    /// <summary>Jobs a script call; Redis serves nobody else meanwhile.</summary>
    const int Chunk = 500;

    /// <summary>Jobs a take: what a script can hand to one command.</summary>
    const int MostTaken = 3_000;

    static readonly LuaFile Push = new("push", LuaFile.Lines);
    static readonly LuaFile ShowMissing = new("show_missing", LuaFile.Lines);
    static readonly LuaFile Take = new("take", LuaFile.Lines);
    static readonly LuaFile Finish = new("finish", LuaFile.Lines);
    static readonly LuaFile Hold = new("hold", LuaFile.Lines);
    static readonly LuaFile ReadWaiting = new("read_waiting");
    static readonly LuaFile SetAside = new("set_aside", LuaFile.Lines);
    static readonly LuaFile Forget = new("forget", LuaFile.Lines);
    static readonly LuaFile Position = new("position", LuaFile.Lines);
    static readonly LuaFile Announce = new("announce");
    static readonly LuaFile Due = new("due");
    static readonly LuaFile Heads = new("heads");

    /// <summary>Shows jobs that have just become pending, wherever they stood, with no attempt spent since they were handed out: that turn of their owners
    /// costs nothing.</summary>
    public Task<bool> MoveAsync(IReadOnlyList<OpenRow> rows) => PushAsync(rows, "move");

    /// <summary>The same for jobs that have failed and are tried again: each attempt is a turn.</summary>
    public Task<bool> MoveSpentAsync(IReadOnlyList<OpenRow> rows) => PushAsync(rows, "spent");

    /// <summary>Shows pending jobs, but leaves alone those that were handed out since they were looked up. What their owners have had of them counts.</summary>
    public Task<bool> RepairAsync(IReadOnlyList<OpenRow> rows) => PushAsync(rows, "repair");

    /// <summary>Adds waiting jobs that stand nowhere in the index; answers how many there were.</summary>
    public Task<(bool Done, int Missing)> ShowMissingAsync(IReadOnlyList<OpenRow> rows) => EachChunkAsync(ShowMissing, rows, []);

    async Task<bool> PushAsync(IReadOnlyList<OpenRow> rows, string mode) => (await EachChunkAsync(Push, rows, [mode])).Done;

    async Task<(bool Done, int Count)> EachChunkAsync(LuaFile script, IReadOnlyList<OpenRow> rows, RedisValue[] first)
    {
        var count = 0;
        foreach (var chunk in rows.Chunk(Chunk))
        {
            var lanes = LaneKeys(chunk.Select(row => row.Lane), first: 4);
            List<RedisValue> arguments = [.. first, (long)LatestCheck.TotalMilliseconds, chunk.Max(row => row.Lane), (string)keys.Wake!];
            foreach (var row in chunk)
            {
                arguments.AddRange([lanes[row.Lane], QueueKeys.Score(row.Priority, row.Seq), Text(row.Id), row.DelayMs, row.Owner]);
            }
            RedisKey[] all = [keys.Taken, keys.Delayed, keys.Lanes, keys.Split, .. lanes.Keys.Select(keys.Lane)];
            var (done, answer) = await link.TryAsync(redis => script.RunAsync(redis, all, [.. arguments], counted => (int)counted), writes: true);
            if (!done)
            {
                return (false, count);
            }
            count += answer;
        }
        return (true, count);
    }

    /// <summary>Hands out up to <paramref name="limit"/> ids of the lanes, highest priority and oldest first.</summary>
    /// <param name="highest">The highest lane id that the caller knows.</param>
    public async Task<Taken> TakeAsync(LaneBound[] lanes, int highest, int limit)
    {
        RedisKey[] all = [keys.Epoch, keys.Paused, keys.Lanes, keys.Taken, keys.Split, .. lanes.Select(lane => keys.Lane(lane.Lane))];
        RedisValue[] arguments =
        [
            Math.Min(limit, MostTaken), highest, (long)CheckAfter.TotalMilliseconds,
            .. lanes.SelectMany(lane => (RedisValue[])[lane.Lane, QueueKeys.Score(lane.Below, seq: 0)]),
        ];
        var (done, taken) = await link.TryAsync(redis => Take.RunAsync(redis, all, arguments, answer => ReadTaken((RedisResult[])answer!)), writes: false);
        return done ? taken : new Taken(TakeCode.NoIndex, []);
    }

    static Taken ReadTaken(RedisResult[] answer) => (TakeCode)(int)answer[0] is TakeCode.UnknownLanes
        ? new Taken(TakeCode.UnknownLanes, [], Highest: (int)answer[1])
        : new Taken((TakeCode)(int)answer[0], [.. answer.Skip(1).Select(value => Guid.Parse((string)value!))]);

    /// <summary>Takes final jobs out and rings their bells.</summary>
    public Task FinishAsync(IReadOnlyList<(Guid Id, int Lane)> jobs) => FinishAsync(jobs, check: TimeSpan.Zero);

    /// <summary>The same for failed jobs. Should this come late, another process may have shown one as waiting again, for a retry: what they are is
    /// settled by their check.</summary>
    public Task FinishFailedAsync(IReadOnlyList<(Guid Id, int Lane)> jobs) => FinishAsync(jobs, CheckAfter);

    async Task FinishAsync(IReadOnlyList<(Guid Id, int Lane)> jobs, TimeSpan check)
    {
        foreach (var chunk in jobs.Chunk(Chunk))
        {
            RedisKey[] all = [keys.Taken, keys.Delayed, keys.Split, .. chunk.SelectMany(job => (RedisKey[])[keys.Lane(job.Lane), keys.Events(job.Id), keys.EventsFence(job.Id)])];
            RedisValue[] arguments =
            [
                (long)JobEvents.KeptAfterEnd.TotalSeconds, (long)check.TotalMilliseconds, (string)keys.Wake!,
                .. chunk.SelectMany(job => (RedisValue[])[Text(job.Id), (string)keys.Bell(job.Id)!]),
            ];
            await link.TryAsync(redis => Finish.RunAsync(redis, all, arguments), writes: false);
        }
    }

    /// <summary>Notes jobs that are about to become pending, so that they are found if this process dies after the commit.</summary>
    public Task AnnounceAsync(IReadOnlyList<Guid> ids) => link.TryAsync(
        redis => Announce.RunAsync(redis, [keys.Taken], [(long)CheckAfter.TotalMilliseconds, .. ids.Select(id => (RedisValue)Text(id))]),
        writes: false);

    /// <summary>Takes ids out that are no open jobs.</summary>
    public Task ForgetAsync(IReadOnlyList<Guid> ids) => ids.Count == 0 ? Task.CompletedTask : link.TryAsync(
        redis => Forget.RunAsync(redis, [keys.Taken, keys.Delayed, keys.Split], [(string)keys.Wake!, .. ids.Select(id => (RedisValue)Text(id))]),
        writes: false);

    /// <summary>Notes jobs that run as taken. Where it fails they are known by their leases.</summary>
    /// <param name="jobs">With their owners; 0 for one that is not known, which counts in no running limit until the check.</param>
    public async Task<bool> HoldAsync(IReadOnlyList<(Guid Id, int Lane, int Owner)> jobs) => (await EachChunkAsync(
        Hold, [.. jobs.Select(job => (job.Lane, (RedisValue[])[Text(job.Id), job.Owner]))], [keys.Taken, keys.Delayed, keys.Split])).Done;

    /// <summary>Takes entries that should not wait out of their lanes, until their check; answers how many still stood there.</summary>
    public async Task<int> SetAsideAsync(IReadOnlyList<(Guid Id, int Lane)> jobs) => (await EachChunkAsync(
        SetAside, [.. jobs.Select(job => (job.Lane, (RedisValue[])[Text(job.Id)]))], [keys.Taken, keys.Split])).Count;

    /// <summary>The next entries that stand in lanes, less than the limit when there are no more; null when Redis is away.</summary>
    /// <param name="highest">The highest lane id there is.</param>
    public async Task<IReadOnlyList<WaitingEntry>?> ReadWaitingAsync(WaitingPlace after, int highest, int limit)
    {
        if (highest < after.Lane)
        {
            return [];
        }
        RedisKey[] all = [.. Enumerable.Range(after.Lane, highest - after.Lane + 1).Select(keys.Lane)];
        IReadOnlyList<WaitingEntry> Read(RedisResult answer) => [.. ((RedisValue[])answer!).Chunk(3).Select(entry => new WaitingEntry(
            Guid.Parse((string)entry[1]!), new WaitingPlace(after.Lane + (int)entry[0] - 1, $"({entry[2]}")))];
        var (done, entries) = await link.TryAsync(redis => ReadWaiting.RunAsync(redis, all, [limit, after.Score], Read), writes: false);
        return done ? entries : null;
    }

    /// <summary>The first jobs of each lane at each priority; null while the index cannot tell.</summary>
    public async Task<Guid[]?> HeadsAsync(int highest, int head)
    {
        RedisKey[] all = [keys.Epoch, .. Enumerable.Range(1, highest).Select(keys.Lane)];
        RedisValue[] arguments =
        [
            head, .. Enum.GetValues<JobPriority>().SelectMany(priority => (RedisValue[])
                [QueueKeys.Score((short)priority, seq: 0), QueueKeys.Score((short)(priority + 1), seq: 0)]),
        ];
        static Guid[]? Read(RedisResult answer) =>
            (RedisValue[])answer! is [var complete, .. var ids] && (int)complete == 1 ? [.. ids.Select(id => Guid.Parse((string)id!))] : null;
        return (await link.TryAsync(redis => Heads.RunAsync(redis, all, arguments, Read), writes: false)).Answer;
    }

    /// <summary>Every job that was handed out and is not known to have ended; null where there are more than the limit, or the index cannot tell.</summary>
    public async Task<Guid[]?> TakenAsync(int limit)
    {
        var (done, taken) = await link.TryAsync(
            async redis => await redis.KeyExistsAsync(keys.Epoch) ? await redis.SortedSetRangeByRankAsync(keys.Taken, 0, limit) : null, writes: false);
        return done && taken?.Length <= limit ? [.. taken.Select(id => Guid.Parse((string)id!))] : null;
    }

    /// <param name="jobs">Of each its lane, and what the script asks of it behind the lane.</param>
    async Task<(bool Done, int Count)> EachChunkAsync(LuaFile script, IReadOnlyList<(int Lane, RedisValue[] Said)> jobs, RedisKey[] first)
    {
        var count = 0;
        foreach (var chunk in jobs.Chunk(Chunk))
        {
            var lanes = LaneKeys(chunk.Select(job => job.Lane), first.Length);
            RedisKey[] all = [.. first, .. lanes.Keys.Select(keys.Lane)];
            RedisValue[] arguments =
                [(long)CheckAfter.TotalMilliseconds, .. chunk.SelectMany(job => (RedisValue[])[lanes[job.Lane], .. job.Said])];
            var (done, answer) = await link.TryAsync(redis => script.RunAsync(redis, all, arguments, counted => (int)counted), writes: false);
            if (!done)
            {
                return (false, count);
            }
            count += answer;
        }
        return (true, count);
    }

    /// <summary>Handed-out jobs whose check, and delayed jobs whose start, is due; null when Redis is away. A delay may be as long as it likes: one
    /// that another clock has set is met by the next build.</summary>
    public async Task<DueIds?> DueAsync(int limit)
    {
        async Task<Guid[]> In(IDatabase redis, RedisKey set, TimeSpan latest) =>
            await Due.RunAsync(
                redis, [set], [limit, (long)latest.TotalMilliseconds], answer => ((RedisValue[])answer!).Select(id => Guid.Parse((string)id!)).ToArray());
        var (done, due) = await link.TryAsync(
            async redis => new DueIds(await In(redis, keys.Taken, LatestCheck), await In(redis, keys.Delayed, TimeSpan.Zero)), writes: false);
        return done ? due : null;
    }

    /// <summary>Place in the lane, 1 being next, an estimate where the lane is fair; null where the job does not wait there.</summary>
    public async Task<long?> PositionAsync(int lane, Guid id) => (await link.TryAsync(
        redis => Position.RunAsync(redis, [keys.Split, keys.Lane(lane)], [Text(id)], place => place.IsNull ? null : (long?)place), writes: false)).Answer;

    static Dictionary<int, int> LaneKeys(IEnumerable<int> lanes, int first) =>
        lanes.Distinct().Index().ToDictionary(lane => lane.Item, lane => lane.Index + first + 1);

    static string Text(Guid id) => id.ToString();
}

enum TakeCode
{
    Taken = 0,

    /// <summary>The index is not built, or Redis is away: claim from Postgres.</summary>
    NoIndex = 1,

    UnknownLanes = 2,
    Paused = 3,
}

/// <param name="HandedOut">Claimed and running, never claimed, or finished meanwhile.</param>
/// <param name="Delayed">May start now.</param>
readonly record struct DueIds(Guid[] HandedOut, Guid[] Delayed);

/// <param name="Lane">The lane to go on in.</param>
/// <param name="Score">Where in it, as Redis takes it.</param>
readonly record struct WaitingPlace(int Lane, string Score)
{
    public static readonly WaitingPlace Start = new(1, "-inf");
}

readonly record struct WaitingEntry(Guid Id, WaitingPlace Place);

/// <param name="Highest">The highest lane id that the index knows, where it is one that the caller does not.</param>
readonly record struct Taken(TakeCode Code, Guid[] Ids, int Highest = 0);
