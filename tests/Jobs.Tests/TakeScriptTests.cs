using AiPlatform.Jobs.Index;
using StackExchange.Redis;

namespace AiPlatform.Jobs.Tests;

/// <summary>The scripts that hand jobs out and check what was handed out, on keys of each test's own.</summary>
public sealed class TakeScriptTests(QuietHost quiet) : IClassFixture<QuietHost>
{
    readonly IndexScripts _index = new(quiet.Host.Redis);

    IDatabase Redis => quiet.Host.Redis;

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

    async Task<string[]> DueAsync(int limit, int latest) => IndexScripts.Texts(await new LuaFile("due").RunAsync(Redis, [_index.Taken], [limit, latest]));
}
