using System.Collections.Concurrent;
using AiPlatform.Jobs.Index;
using AiPlatform.Testing;
using StackExchange.Redis;

namespace AiPlatform.Jobs.Tests;

/// <summary>The scripts on their own, on keys of each test's own: what they answer and what they leave behind.</summary>
public sealed class LuaScriptTests(QuietHost quiet) : IClassFixture<QuietHost>
{
    readonly IndexScripts _index = new(quiet.Host.Redis);

    IDatabase Redis => quiet.Host.Redis;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Push_shows_a_job_in_one_place_only()
    {
        Assert.Equal(1, await _index.PushAsync("move", (1, 10, "a", 60_000)));
        Assert.Equal((false, true, false), await _index.PlacesAsync("a", lane: 1));
        Assert.Equal(1, await _index.PushAsync("move", (1, 10, "a", 0)));
        Assert.Equal((true, false, false), await _index.PlacesAsync("a", lane: 1));
        Assert.Equal(1, await _index.PushAsync("move", (1, 10, "a", 0)));
        Assert.Equal((true, false, false), await _index.PlacesAsync("a", lane: 1));
    }

    [Fact]
    public async Task The_highest_lane_does_not_fall_with_a_push()
    {
        await _index.PushAsync("move", (7, 10, "a", 0));
        await _index.PushAsync("move", (3, 10, "b", 0));
        Assert.Equal(7, (int)await Redis.StringGetAsync(_index.Lanes));
    }

    [Fact]
    public async Task Finish_takes_jobs_out_rings_each_bell_and_can_be_repeated()
    {
        await _index.PushAsync("move", (1, 10, "a", 0), (2, 20, "b", 60_000));
        foreach (var key in _index.EventsOf("a"))
        {
            await Redis.StringSetAsync(key, "x");
        }
        var rung = new ConcurrentQueue<string>();
        var subscriber = Redis.Multiplexer.GetSubscriber();
        foreach (var id in (string[])["a", "b"])
        {
            var bell = new RedisChannel(_index.Prefix + "bell:" + id, RedisChannel.PatternMode.Literal);
            await subscriber.SubscribeAsync(bell, (_, message) => rung.Enqueue($"{id} {message}"));
        }
        Task<RedisResult> FinishAsync() => new LuaFile("finish", LuaFile.Lines).RunAsync(
            Redis,
            [_index.Taken, _index.Delayed, _index.Split, _index.Lane(1), .. _index.EventsOf("a"), _index.Lane(2), .. _index.EventsOf("b")],
            [600, 0, _index.Prefix + "wake", "a", _index.Prefix + "bell:a", "b", _index.Prefix + "bell:b"]);

        Assert.Equal(2, (int)await FinishAsync());
        Assert.Equal((false, false, false), await _index.PlacesAsync("a", lane: 1));
        Assert.Equal((false, false, false), await _index.PlacesAsync("b", lane: 2));
        foreach (var key in _index.EventsOf("a"))
        {
            Assert.InRange((await Redis.KeyTimeToLiveAsync(key))!.Value.TotalSeconds, 500, 600);
        }
        Assert.Equal(0, (int)await FinishAsync());
        await Eventually.That(() => Assert.Equal(["a finished", "a finished", "b finished", "b finished"], rung.Order()), Ct);
    }

    [Fact]
    public async Task Finish_has_what_may_be_pending_again_checked_wherever_it_stood()
    {
        await _index.PushAsync("move", (1, 10, "a", 0), (2, 20, "b", 60_000));
        var found = await new LuaFile("finish", LuaFile.Lines).RunAsync(
            Redis,
            [_index.Taken, _index.Delayed, _index.Split, _index.Lane(1), .. _index.EventsOf("a"), _index.Lane(2), .. _index.EventsOf("b")],
            [600, 5_000, _index.Prefix + "wake", "a", _index.Prefix + "bell:a", "b", _index.Prefix + "bell:b"]);
        Assert.Equal(2, (int)found);
        Assert.Equal((false, false, true), await _index.PlacesAsync("a", lane: 1));
        Assert.Equal((false, false, true), await _index.PlacesAsync("b", lane: 2));
    }

    [Fact]
    public async Task Pause_says_whether_it_changed_anything()
    {
        Assert.Equal(0, await _index.PauseAsync());
        Assert.Equal(1, await _index.PauseAsync("1", "2"));
        Assert.Equal(0, await _index.PauseAsync("2", "1"));
        Assert.Equal(1, await _index.PauseAsync("1"));
        Assert.Equal(["1"], (await Redis.SetMembersAsync(_index.Paused)).Select(lane => (string)lane!));
        Assert.Equal(1, await _index.PauseAsync());
        Assert.False(await Redis.KeyExistsAsync(_index.Paused));
    }

    [Fact]
    public async Task Append_event_refuses_an_older_claim_and_bounds_the_stream()
    {
        RedisKey[] keys = [_index.Prefix + "events:a", _index.Prefix + "events:a:fence"];
        async Task<string?> AppendAsync(long claim, string data) =>
            (string?)await new LuaFile("append_event").RunAsync(Redis, keys, [claim, "token", data, 100, 600, _index.Prefix + "bell:a"]);
        Assert.NotEqual("", await AppendAsync(1_700_000_000_000_001, "1"));
        Assert.NotEqual("", await AppendAsync(1_700_000_000_000_002, "2"));
        Assert.Equal("", await AppendAsync(1_700_000_000_000_001, "3"));
        for (var i = 0; i < 500; i++)
        {
            await AppendAsync(1_700_000_000_000_002, "4");
        }
        // "~" lets Redis keep up to a whole node more.
        Assert.InRange((long)await Redis.ExecuteAsync("XLEN", (string)keys[0]!), 100, 250);
        Assert.InRange((await Redis.KeyTimeToLiveAsync(keys[0]))!.Value.TotalSeconds, 500, 600);
    }

    [Fact]
    public async Task Scripts_run_after_Redis_has_forgotten_them()
    {
        await _index.PushAsync("move", (1, 10, "a", 0));
        await Redis.ExecuteAsync("SCRIPT", "FLUSH");
        var counts = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => _index.PushAsync("move", (1, i, $"job {i}", 0))));
        Assert.All(counts, count => Assert.Equal(1, count));
        Assert.False(quiet.Host.Queue.IsDegraded);
    }
}
