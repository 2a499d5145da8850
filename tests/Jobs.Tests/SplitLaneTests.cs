using StackExchange.Redis;
using static AiPlatform.Jobs.Tests.LineJob;

namespace AiPlatform.Jobs.Tests;

/// <summary>How lanes are split into the lines of their owners, and what puts lines right, by the scripts alone.</summary>
public sealed class SplitLaneTests(QuietHost quiet) : IClassFixture<QuietHost>
{
    readonly SplitScripts _index = new(quiet.Host.Redis);

    IDatabase Redis => quiet.Host.Redis;

    [Fact]
    public async Task A_stale_entry_of_a_line_does_not_lead_a_take_beyond_its_bound()
    {
        await _index.BeginAsync("fair");
        var stale = Line(1, 0, 3);
        await _index.PushAsync("move", [.. stale, .. Line(2, 10, 2, level: 5)]);
        await Redis.SortedSetRemoveAsync(_index.Index.Lane(1), [.. stale.Select(job => (RedisValue)job.Id)]);
        Assert.Empty(await _index.TakeBelowAsync(10, below: 5, 1));
        Assert.Equal([10, 11], Numbers(await _index.TakeAsync(10, 1)));
    }

    [Fact]
    public async Task What_leaves_its_lane_leaves_its_line()
    {
        await _index.BeginAsync("fair");
        var jobs = Line(1, 0, 5);
        await _index.PushAsync("move", jobs);
        await _index.FinishAsync(jobs[0]);
        await _index.SetAsideAsync(jobs[1]);
        await _index.HoldAsync(jobs[2]);
        await _index.PushAsync("move", [jobs[3]], delayMs: 60_000);
        Assert.Equal([4], Numbers(await _index.TakeAsync(9, 1)));
        await _index.FinishAsync(jobs);
        Assert.Equal(["epoch", "lanes", "split"], (await _index.KeysAsync()).AsEnumerable());
    }

    [Fact]
    public async Task A_lane_that_becomes_split_is_served_as_before_until_all_its_jobs_stand_in_lines()
    {
        await _index.BuiltAsync();
        await _index.PushAsync("move", [.. Line(1, 0, 10), .. Line(2, 20, 5)]);
        Assert.True(await _index.ShowSharesAsync("-", lanes: [(1, "fair")]));
        Assert.Equal("fair?", await _index.ModeAsync(1));
        await _index.PushAsync("move", Line(3, 30, 5));
        Assert.Equal([0, 1], Numbers(await _index.TakeAsync(2, 1)));

        Assert.Equal(1, Assert.Single(await _index.BeginLiningAsync("run")));
        Assert.Equal(13, await _index.LineUpAsync([.. Line(1, 0, 10), .. Line(2, 20, 5)]));
        Assert.Equal([2], Numbers(await _index.TakeAsync(1, 1)));
        Assert.Equal(0, await _index.EndLiningAsync("another", 1));
        Assert.Equal(1, await _index.EndLiningAsync("run", 1));
        Assert.Equal("fair", await _index.ModeAsync(1));
        Assert.Equal([1, 2, 3], Owners(await _index.TakeAsync(3, 1)).Order());

        Assert.True(await _index.ShowSharesAsync(split: false));
        Assert.Equal([4, 5, 6, 7, 8, 9], Numbers(await _index.TakeAsync(6, 1)));
        Assert.Equal(8, (await _index.TakeAsync(99, 1)).Length);
        Assert.Equal(["epoch", "lanes", "taken"], (await _index.KeysAsync()).AsEnumerable());
    }

    [Fact]
    public async Task A_run_that_puts_jobs_into_lines_is_void_when_shares_change_meanwhile()
    {
        await _index.BuiltAsync();
        await _index.PushAsync("move", Line(1, 0, 10));
        await _index.ShowSharesAsync("fair");
        Assert.Equal(1, Assert.Single(await _index.BeginLiningAsync("run")));
        await _index.LineUpAsync(Line(1, 0, 5));
        await _index.ShowSharesAsync("-");
        await _index.ShowSharesAsync("fair");
        await _index.LineUpAsync(Line(1, 5, 5));
        Assert.Equal(0, await _index.EndLiningAsync("run", 1));
        Assert.Equal("fair?", await _index.ModeAsync(1));
        Assert.Equal(10, (await _index.TakeAsync(99, 1)).Length);
    }

    [Fact]
    public async Task Shares_that_were_told_by_half_are_told_again()
    {
        await _index.BeginAsync("fair", (1, 1, 1));
        var told = await Redis.HashGetAsync(_index.Index.Split, "mark");
        await Redis.StringSetAsync(_index.Key("parks:1"), "of another type");
        await Assert.ThrowsAsync<RedisServerException>(() => _index.ShowSharesAsync("fair"));
        Assert.Equal("?", (string?)await Redis.HashGetAsync(_index.Index.Split, "mark"));
        Assert.NotEqual("?", (string?)told);
        await Redis.KeyDeleteAsync(_index.Key("parks:1"));
        Assert.True(await _index.ShowSharesAsync(split: false));
        Assert.Equal(["epoch"], (await _index.KeysAsync()).AsEnumerable());
    }

    [Fact]
    public async Task Shares_are_told_once()
    {
        await _index.BeginAsync("fair");
        await _index.PushAsync("move", Line(1, 0, 1));
        Assert.True(await _index.ShowSharesAsync("fifo"));
        Assert.True(await _index.ShowSharesAsync(split: false));
        Assert.False(await _index.ShowSharesAsync(split: false));
    }

    [Fact]
    public async Task A_lane_goes_from_limits_to_turns_and_back_with_its_lines()
    {
        await _index.BeginAsync("fifo", (7, 1, 1));
        await _index.PushAsync("move", [.. Line(1, 0, 10), .. Line(2, 20, 10)]);
        Assert.Equal([0, 1], Numbers(await _index.TakeAsync(2, 1)));
        await _index.ShowSharesAsync("fair", owners: [(7, 1, 1)]);
        Assert.Equal("fair", await _index.ModeAsync(1));
        Assert.Equal([1, 1, 2, 2], Owners(await _index.TakeAsync(4, 1)).Order());
        await _index.ShowSharesAsync("fifo", owners: [(7, 1, 1)]);
        Assert.Equal([4, 5], Numbers(await _index.TakeAsync(2, 1)));
    }

    [Fact]
    public async Task What_a_process_that_knows_no_lines_has_done_is_put_right()
    {
        await _index.BeginAsync("fair", (1, 1, 2));
        var jobs = Line(1, 0, 4);
        await _index.PushAsync("move", jobs);
        Assert.Equal(2, (await _index.TakeAsync(9, 1)).Length);
        // It has ended one that ran, taken one that waited, and pushed another.
        await Redis.SortedSetRemoveAsync(_index.Index.Taken, jobs[0].Id);
        await Redis.SortedSetRemoveAsync(_index.Index.Lane(1), jobs[2].Id);
        var pushed = new LineJob(1, 3, 9, Owner: 2);
        await Redis.SortedSetAddAsync(_index.Index.Lane(1), pushed.Id, pushed.Score);

        Assert.Equal(1, await _index.RecountAsync());
        Assert.Equal(0, await _index.RecountAsync());
        Assert.Equal(1, await _index.LineUpAsync(pushed));
        Assert.Equal([3, 9], Numbers(await _index.TakeAsync(9, 1)).Order());
    }

    [Fact]
    public async Task Lost_parts_of_the_lines_are_made_again_from_the_lane()
    {
        await _index.BeginAsync("fair", (1, 1, 1));
        var jobs = Line(1, 0, 3);
        await _index.PushAsync("move", [.. jobs, .. Line(2, 50, 2)]);
        await Redis.KeyDeleteAsync([_index.Key("heads:1"), _index.Key("turns:1:3"), _index.Key("line:1:3:2")]);
        Assert.Empty(await _index.TakeAsync(9, 1));
        Assert.Equal(5, await _index.LineUpAsync([.. jobs, .. Line(2, 50, 2)]));
        Assert.Equal([0, 50, 51], Numbers(await _index.TakeAsync(9, 1)).Order());

        await Redis.KeyDeleteAsync(_index.Key("parks:1"));
        await _index.FinishAsync(jobs[0]);
        Assert.Empty(await _index.TakeAsync(9, 1));
        await _index.RecountAsync();
        Assert.Equal([1], Numbers(await _index.TakeAsync(9, 1)));
    }

    [Fact]
    public async Task What_is_shown_as_missing_stands_in_its_line()
    {
        await _index.BeginAsync("fair");
        await _index.PushAsync("move", Line(1, 0, 3));
        Assert.Equal(1, await _index.ShowMissingAsync([.. Line(1, 0, 3), .. Line(2, 50, 1)]));
        Assert.Equal([1, 2], Owners(await _index.TakeAsync(2, 1)).Order());
    }
}
