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
    public async Task Take_says_1_while_the_index_is_not_built() => Assert.Equal(["1"], await _index.TakeAsync(limit: 5, highest: 0, lanes: []));

    [Fact]
    public async Task Take_says_2_when_there_are_lanes_the_caller_does_not_know()
    {
        await Redis.StringSetAsync(_index.Epoch, "x");
        await _index.PushAsync("move", (2, 10, "a", 0));
        Assert.Equal(["2", "2"], await _index.TakeAsync(limit: 5, highest: 1, lanes: [1]));
        Assert.Equal(["0", "a"], await _index.TakeAsync(limit: 5, highest: 2, lanes: [1, 2]));
    }

    [Fact]
    public async Task Take_says_3_while_everything_is_paused_and_passes_over_paused_lanes()
    {
        await Redis.StringSetAsync(_index.Epoch, "x");
        await _index.PushAsync("move", (1, 10, "a", 0), (2, 20, "b", 0));
        await _index.PauseAsync("*");
        Assert.Equal(["3"], await _index.TakeAsync(limit: 5, highest: 2, lanes: [1, 2]));
        await _index.PauseAsync("1");
        Assert.Equal(["0", "b"], await _index.TakeAsync(limit: 5, highest: 2, lanes: [1, 2]));
        await _index.PauseAsync();
        Assert.Equal(["0", "a"], await _index.TakeAsync(limit: 5, highest: 2, lanes: [1, 2]));
    }

    [Fact]
    public async Task Take_hands_out_the_smallest_scores_over_all_lanes_once()
    {
        await Redis.StringSetAsync(_index.Epoch, "x");
        await _index.PushAsync("move", (1, 30, "c", 0), (1, 10, "a", 0), (2, 20, "b", 0), (3, 5, "other", 0));
        Assert.Equal(["0", "a", "b"], await _index.TakeAsync(limit: 2, highest: 3, lanes: [1, 2]));
        Assert.Equal(["0", "c"], await _index.TakeAsync(limit: 2, highest: 3, lanes: [1, 2]));
        Assert.Equal(["0"], await _index.TakeAsync(limit: 2, highest: 3, lanes: [1, 2]));
        Assert.Equal(["a", "b", "c"], (await Redis.SortedSetRangeByRankAsync(_index.Taken)).Select(id => (string)id!).Order());
    }

    [Fact]
    public async Task Take_leaves_what_is_not_below_the_bound()
    {
        await Redis.StringSetAsync(_index.Epoch, "x");
        await _index.PushAsync("move", (1, 10, "a", 0), (1, 20, "c", 0), (2, 15, "b", 0), (3, 30, "d", 0));
        Assert.Equal(["0", "a", "b"], await _index.TakeAsync(limit: 5, highest: 3, lanes: [1, 2, 3], below: 20));
        Assert.Equal(["0"], await _index.TakeAsync(limit: 5, highest: 3, lanes: [1, 2, 3], below: 20));
        Assert.Equal((true, false, false), await _index.PlacesAsync("c", lane: 1));
        Assert.Equal(["0", "c", "d"], await _index.TakeAsync(limit: 5, highest: 3, lanes: [1, 2, 3], below: 31));
    }

    [Fact]
    public async Task Take_hands_out_of_each_lane_only_what_is_asked_of_it()
    {
        await Redis.StringSetAsync(_index.Epoch, "x");
        await _index.PushAsync("move", (1, 10, "a", 0), (1, 30, "b", 0), (2, 20, "c", 0), (2, 40, "d", 0));

        Assert.Equal(["0", "a", "c", "d"], await _index.TakeAsync(limit: 5, highest: 3, lanes: [(1, 30), (2, 50)]));
        Assert.Equal(["0"], await _index.TakeAsync(limit: 5, highest: 3, lanes: [(1, 0), (2, 50)]));
        Assert.Equal(["0", "b"], await _index.TakeAsync(limit: 5, highest: 3, lanes: [(1, 31), (2, 0)]));
    }

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
    public async Task Push_that_repairs_leaves_alone_what_a_worker_was_just_handed()
    {
        await Redis.SortedSetAddAsync(_index.Taken, "a", await _index.NowAsync() + 5_000);
        Assert.Equal(0, await _index.PushAsync("repair", (1, 10, "a", 0)));
        Assert.Equal((false, false, true), await _index.PlacesAsync("a", lane: 1));
        Assert.Equal(1, await _index.PushAsync("move", (1, 10, "a", 0)));
        Assert.Equal((true, false, false), await _index.PlacesAsync("a", lane: 1));

        await Redis.SortedSetAddAsync(_index.Taken, "b", 1);
        Assert.Equal(1, await _index.PushAsync("repair", (1, 10, "b", 0)));
        Assert.Equal((true, false, false), await _index.PlacesAsync("b", lane: 1));
    }

    [Fact]
    public async Task What_another_clock_has_said_hides_nothing()
    {
        var hour = await _index.NowAsync() + 3_600_000;
        await Redis.SortedSetAddAsync(_index.Taken, [new("a", hour), new("b", hour), new("c", hour)]);
        await Redis.SortedSetAddAsync(_index.Delayed, [new("d", hour), new("e", hour)]);
        Assert.Equal(1, await _index.PushAsync("repair", (1, 10, "a", 0)));
        Assert.Equal((true, false, false), await _index.PlacesAsync("a", lane: 1));

        Assert.Equal(4, await _index.ShowMissingAsync((1, 20, "b", 0), (1, 30, "c", 60_000), (1, 40, "d", 0), (1, 50, "e", 60_000)));
        Assert.Equal((true, false, false), await _index.PlacesAsync("b", lane: 1));
        Assert.Equal((false, true, false), await _index.PlacesAsync("c", lane: 1));
        Assert.Equal((true, false, false), await _index.PlacesAsync("d", lane: 1));
        Assert.True(await Redis.SortedSetScoreAsync(_index.Delayed, "e") < hour - 3_000_000);
        Assert.Equal(0, await _index.ShowMissingAsync((1, 30, "c", 60_000), (1, 50, "e", 60_000)));
    }

    [Fact]
    public async Task The_highest_lane_does_not_fall_with_a_push()
    {
        await _index.PushAsync("move", (7, 10, "a", 0));
        await _index.PushAsync("move", (3, 10, "b", 0));
        Assert.Equal(7, (int)await Redis.StringGetAsync(_index.Lanes));
    }

    [Fact]
    public async Task Waiting_entries_are_read_in_pages_over_all_lanes()
    {
        await _index.PushAsync("move", (1, 10, "a", 0), (1, 20, "b", 0), (3, 5, "c", 0), (3, 6, "d", 0));
        Assert.Equal(["1", "a", "10", "1", "b", "20", "3", "c", "5"], await _index.ReadWaitingAsync(3, "-inf", 1, 2, 3));
        Assert.Equal(["1", "d", "6"], await _index.ReadWaitingAsync(3, "(5", 3, 4));
        Assert.Equal(["1", "b", "20", "3", "c", "5", "3", "d", "6"], await _index.ReadWaitingAsync(9, "(10", 1, 2, 3));
    }

    [Fact]
    public async Task What_is_set_aside_is_to_be_checked_and_what_left_its_lane_meanwhile_is_left_alone()
    {
        await _index.PushAsync("move", (1, 10, "stale", 0), (2, 20, "waits", 0));
        await Redis.SortedSetAddAsync(_index.Taken, "handed out", 7);
        Assert.Equal(1, await _index.SetAsideAsync((1, "stale"), (1, "handed out"), (1, "ended")));
        Assert.Equal((false, false, true), await _index.PlacesAsync("stale", lane: 1));
        Assert.Equal((true, false, false), await _index.PlacesAsync("waits", lane: 2));
        Assert.Equal((false, false, false), await _index.PlacesAsync("ended", lane: 1));
        Assert.Equal(7, await Redis.SortedSetScoreAsync(_index.Taken, "handed out"));
    }

    [Fact]
    public async Task Show_missing_adds_only_what_stands_nowhere()
    {
        await _index.PushAsync("move", (1, 10, "ready", 0), (1, 20, "later", 60_000));
        await Redis.SortedSetAddAsync(_index.Taken, "taken", 1);
        var missing = await _index.ShowMissingAsync(
            (1, 10, "ready", 0), (1, 20, "later", 60_000), (1, 30, "taken", 0), (1, 40, "lost", 0), (1, 50, "lost later", 60_000));
        Assert.Equal(2, missing);
        Assert.Equal((true, false, false), await _index.PlacesAsync("lost", lane: 1));
        Assert.Equal((false, true, false), await _index.PlacesAsync("lost later", lane: 1));
        Assert.Equal((false, true, false), await _index.PlacesAsync("later", lane: 1));
        Assert.Equal((false, false, true), await _index.PlacesAsync("taken", lane: 1));
        Assert.Equal(0, await _index.ShowMissingAsync((1, 40, "lost", 0)));
    }

    [Fact]
    public async Task Hold_takes_running_jobs_out_wherever_they_wait()
    {
        await _index.PushAsync("move", (1, 10, "a", 0), (1, 20, "b", 60_000));
        Assert.Equal(2, (int)await new LuaFile("hold", LuaFile.Lines).RunAsync(
            Redis, [_index.Taken, _index.Delayed, _index.Split, _index.Lane(1)], [5_000, 4, "a", 1, 4, "b", 1]));
        Assert.Equal((false, false, true), await _index.PlacesAsync("a", lane: 1));
        Assert.Equal((false, false, true), await _index.PlacesAsync("b", lane: 1));
        Assert.Equal(0, (int)await new LuaFile("hold", LuaFile.Lines).RunAsync(
            Redis, [_index.Taken, _index.Delayed, _index.Split, _index.Lane(1)], [5_000, 4, "a", 1]));
    }

    [Fact]
    public async Task Announce_keeps_the_check_of_what_is_taken()
    {
        await Redis.SortedSetAddAsync(_index.Taken, "a", 7);
        Assert.Equal(1, (int)await new LuaFile("announce").RunAsync(Redis, [_index.Taken], [5_000, "a", "b"]));
        Assert.Equal(7, await Redis.SortedSetScoreAsync(_index.Taken, "a"));
    }

    [Fact]
    public async Task Due_answers_what_has_come_oldest_first_and_no_more_than_asked()
    {
        await Redis.SortedSetAddAsync(_index.Taken, [new("b", 2), new("a", 1), new("c", 3), new("not yet", await _index.NowAsync() + 5_000)]);
        Assert.Equal(["a", "b"], await DueAsync(limit: 2, latest: 10_000));
        Assert.Equal(["a", "b", "c"], await DueAsync(limit: 10, latest: 10_000));
    }

    [Fact]
    public async Task Due_is_also_what_no_clock_of_this_server_has_said_unless_any_time_may_be()
    {
        await Redis.SortedSetAddAsync(_index.Taken, [new("come", 1), new("wrong", await _index.NowAsync() + 60_000)]);
        Assert.Equal(["come", "wrong"], await DueAsync(limit: 10, latest: 10_000));
        Assert.Equal(["come"], await DueAsync(limit: 1, latest: 10_000));
        Assert.Equal(["come"], await DueAsync(limit: 10, latest: 0));
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
    public async Task A_build_counts_only_if_its_mark_is_still_there()
    {
        Task<RedisResult> EndAsync(string mark) => new LuaFile("end_build").RunAsync(Redis, [_index.Epoch, _index.Building, _index.Lanes], [mark, 3]);
        Assert.Equal(0, (int)await EndAsync("mine"));
        await Redis.StringSetAsync(_index.Building, "another's");
        Assert.Equal(0, (int)await EndAsync("mine"));
        Assert.False(await Redis.KeyExistsAsync(_index.Epoch));
        Assert.Equal(1, (int)await EndAsync("another's"));
        Assert.Equal((true, false), (await Redis.KeyExistsAsync(_index.Epoch), await Redis.KeyExistsAsync(_index.Building)));
        Assert.Equal(3, (int)await Redis.StringGetAsync(_index.Lanes));
    }

    [Theory]
    [InlineData(2, 3)]
    [InlineData(4, 4)]
    public async Task A_build_forgets_the_highest_lane_and_ends_with_the_one_of_Postgres_or_of_a_later_push(int pushed, int known)
    {
        await _index.PushAsync("move", (99, 10, "a", 0));
        await new LuaFile("begin_build").RunAsync(Redis, [_index.Building, _index.Lanes, _index.Epoch], ["mine"]);
        await _index.PushAsync("move", (pushed, 10, "b", 0));
        await new LuaFile("end_build").RunAsync(Redis, [_index.Epoch, _index.Building, _index.Lanes], ["mine", 3]);
        Assert.Equal(known, (int)await Redis.StringGetAsync(_index.Lanes));
    }

    [Fact]
    public async Task An_index_is_distrusted_only_while_it_names_the_lane_that_is_not_there()
    {
        await Redis.StringSetAsync(_index.Epoch, "x");
        await Redis.StringSetAsync(_index.Building, "x");
        await _index.PushAsync("move", (7, 10, "a", 0));
        Task<RedisResult> DistrustAsync(int lane) => new LuaFile("distrust").RunAsync(Redis, [_index.Epoch, _index.Building, _index.Lanes], [lane]);
        Assert.Equal(0, (int)await DistrustAsync(8));
        Assert.True(await Redis.KeyExistsAsync(_index.Epoch));
        Assert.Equal(1, (int)await DistrustAsync(7));
        Assert.Equal((false, false), (await Redis.KeyExistsAsync(_index.Epoch), await Redis.KeyExistsAsync(_index.Building)));
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

    async Task<string[]> DueAsync(int limit, int latest) => IndexScripts.Texts(await new LuaFile("due").RunAsync(Redis, [_index.Taken], [limit, latest]));
}
