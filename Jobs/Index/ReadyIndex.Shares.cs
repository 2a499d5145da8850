using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AiPlatform.Jobs.Store;
using StackExchange.Redis;

namespace AiPlatform.Jobs.Index;

/// <summary>Which lanes are split into the lines of their owners, and who is counted how in them.</summary>
sealed partial class ReadyIndex
{
    static readonly LuaFile ShowShares = new("show_shares", LuaFile.Lines);
    static readonly LuaFile BeginLining = new("begin_lining");
    static readonly LuaFile LineUp = new("line_up", LuaFile.Lines);
    static readonly LuaFile EndLining = new("end_lining");
    static readonly LuaFile Recount = new("recount", LuaFile.Lines);
    static readonly LuaFile CountRunning = new("count_running", LuaFile.Lines);
    static readonly LuaFile CountParked = new("count_parked");

    /// <summary>Whether any lane may be split: where none is, nobody needs to look after lines. False when Redis is away.</summary>
    public async Task<bool> IsSplitAsync() => (await link.TryAsync(redis => redis.KeyExistsAsync(keys.Split), writes: false)).Answer;

    /// <summary>Whether Redis says of shares what the store says; true when Redis is away, as there is nobody to be told.</summary>
    /// <param name="highest">The highest lane id in Postgres.</param>
    public async Task<bool> SaysSharesAsync(SharesSaid shares, int highest)
    {
        var (done, mark) = await link.TryAsync(async redis => (string?)await redis.HashGetAsync(keys.Split, "mark") ?? "", writes: false);
        return !done || mark == Mark(shares, Said(shares, highest));
    }

    /// <summary>Makes Redis say of shares what the store says. Answers whether it said something else.</summary>
    /// <param name="highest">The highest lane id in Postgres.</param>
    public async Task<bool> ShowSharesAsync(SharesSaid shares, int highest)
    {
        var said = Said(shares, highest);
        RedisValue[] arguments = [Mark(shares, said), (string)keys.Wake!, .. said];
        var (done, changed) = await link.TryAsync(
            redis => ShowShares.RunAsync(redis, [keys.Split, keys.Lanes], arguments, answer => (int)answer == 1), writes: true);
        return done && changed;
    }

    static RedisValue[] Said(SharesSaid shares, int highest)
    {
        string Mode(bool fair) => fair ? "fair" : shares.HasLimits ? "fifo" : "-";
        var fair = shares.Fair.ToHashSet();
        RedisValue[] lanes = shares.IsNothing ? [] : [.. Enumerable.Range(1, highest).SelectMany(lane => (RedisValue[])[lane, Mode(fair.Contains(lane))])];
        return
        [
            Mode(shares.Everything), lanes.Length / 2, .. lanes,
            .. shares.Owners.SelectMany(owner => (RedisValue[])
                [owner.Owner, owner.Weight.ToString("R", CultureInfo.InvariantCulture), owner.MostRunning is { } most ? most : ""]),
        ];
    }

    static string Mark(SharesSaid shares, RedisValue[] said) =>
        shares.IsNothing ? "" : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join(' ', said))));

    /// <summary>The split lanes of which jobs may stand in no line, and from here on whatever may be lost is noticed by the end.</summary>
    /// <param name="mark">Unique for the run.</param>
    public async Task<int[]> BeginLiningAsync(string mark)
    {
        static int[] Read(RedisResult answer) => [.. ((RedisValue[])answer!).Select(lane => (int)lane)];
        return (await link.TryAsync(redis => BeginLining.RunAsync(redis, [keys.Split], [mark], Read), writes: true)).Answer ?? [];
    }

    /// <summary>Puts jobs that stand in split lanes into the lines of their owners; costs little where no lane is split.</summary>
    public async Task<bool> LineUpAsync(IReadOnlyList<OpenRow> rows) => (await EachChunkAsync(
        LineUp, [.. rows.Select(row => (row.Lane, (RedisValue[])[Text(row.Id), row.Owner]))], [keys.Split])).Done;

    /// <summary>Declares that all jobs of the lanes stand in lines; false where that is to be done again.</summary>
    public async Task<bool> EndLiningAsync(string mark, int[] lanes)
    {
        var (done, ended) = await link.TryAsync(
            redis => EndLining.RunAsync(redis, [keys.Split], [mark, (string)keys.Wake!, .. lanes.Select(lane => (RedisValue)lane)], answer => (int)answer),
            writes: true);
        return done && ended > 0;
    }

    /// <summary>Counts as running what runs and is known as taken.</summary>
    public async Task<bool> CountRunningAsync(IEnumerable<OpenRow> rows) => (await EachChunkAsync(
        CountRunning, [.. rows.Select(row => (row.Lane, (RedisValue[])[Text(row.Id), row.Owner]))], [keys.Taken, keys.Split])).Done;

    /// <summary>Counts as running no more what nobody has taken; answers how many these were.</summary>
    public async Task<int> RecountAsync() => (await link.TryAsync(
        redis => Recount.RunAsync(redis, [keys.Taken, keys.Split], [(string)keys.Wake!], answer => (int)answer), writes: true)).Answer;

    /// <summary>How many places in lanes wait for a job of their owner to end.</summary>
    public async Task<long> ParkedAsync(int highest)
    {
        RedisKey[] all = [keys.Split, .. Enumerable.Range(1, highest).Select(keys.Parked)];
        return (await link.TryAsync(redis => CountParked.RunAsync(redis, all, [0], answer => (long)answer), writes: false)).Answer;
    }
}
