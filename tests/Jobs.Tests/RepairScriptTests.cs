using AiPlatform.Jobs.Index;
using StackExchange.Redis;

namespace AiPlatform.Jobs.Tests;

/// <summary>The scripts that build the index and put it right, on keys of each test's own.</summary>
public sealed class RepairScriptTests(QuietHost quiet) : IClassFixture<QuietHost>
{
    readonly IndexScripts _index = new(quiet.Host.Redis);

    IDatabase Redis => quiet.Host.Redis;

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
}
