using System.Collections.Concurrent;
using AiPlatform.Testing;
using StackExchange.Redis;

namespace AiPlatform.Jobs.Tests;

/// <summary>Lanes that are split into the lines of their owners, by the scripts alone.</summary>
public sealed class SplitLaneTests(QuietHost quiet) : IClassFixture<QuietHost>
{
    readonly SplitScripts _index = new(quiet.Host.Redis);

    IDatabase Redis => quiet.Host.Redis;

    static LineJob[] Jobs(int owner, int from, int count, int lane = 1, int level = 3) =>
        [.. Enumerable.Range(from, count).Select(number => new LineJob(lane, level, number, owner))];

    static List<int> Owners(IEnumerable<string> ids) => [.. ids.Select(id => int.Parse(id.Split('/')[3], null))];

    static List<int> Numbers(IEnumerable<string> ids) => [.. ids.Select(id => int.Parse(id.Split('/')[2], null))];

    async Task BeginAsync(string mode, params (int Owner, double Weight, int? Most)[] owners)
    {
        await _index.BuiltAsync();
        Assert.True(await _index.ShowSharesAsync(mode, owners: owners));
    }

    [Fact]
    public async Task In_a_fair_lane_a_flood_gets_its_share_and_no_more()
    {
        await BeginAsync("fair");
        await _index.PushAsync("move", Jobs(owner: 1, from: 0, count: 400));
        await _index.PushAsync("move", [.. Enumerable.Range(2, 4).SelectMany(owner => Jobs(owner, from: 1_000 * owner, count: 10))]);

        var first = Owners(await _index.TakeAsync(50, 1));
        Assert.All(Enumerable.Range(1, 5), owner => Assert.Equal(10, first.Count(taken => taken == owner)));
        Assert.Equal(Enumerable.Range(10, 100), Numbers(await _index.TakeAsync(100, 1)));
    }

    [Fact]
    public async Task Weights_are_shares()
    {
        await BeginAsync("fair", (1, 3, null), (2, 0.5, null));
        await _index.PushAsync("move", [.. Jobs(1, 0, 100), .. Jobs(2, 200, 100), .. Jobs(3, 400, 100)]);
        var taken = Owners(await _index.TakeAsync(90, 1));
        Assert.InRange(taken.Count(owner => owner == 1), 59, 61);
        Assert.InRange(taken.Count(owner => owner == 2), 9, 11);
        Assert.InRange(taken.Count(owner => owner == 3), 19, 21);
    }

    [Fact]
    public async Task Idling_earns_nothing_and_being_ahead_is_not_forgotten_by_it()
    {
        await BeginAsync("fair");
        await _index.PushAsync("move", [.. Jobs(1, 0, 100), .. Jobs(2, 200, 1)]);
        Assert.Equal([1, 2], Owners(await _index.TakeAsync(2, 1)).Order());
        await _index.TakeAsync(40, 1);
        // Back after 40 turns of the other, it has the next one and not 40.
        await _index.PushAsync("move", Jobs(2, 201, 3));
        Assert.Equal([2, 1, 2, 1], Owners(await _index.TakeAsync(4, 1)));
        // One job at a time, always back at once, it gets every second turn.
        var turns = new List<int>();
        for (var i = 0; i < 20; i++)
        {
            await _index.PushAsync("move", Jobs(3, 300 + i, 1));
            turns.AddRange(Owners(await _index.TakeAsync(1, 1)));
        }
        Assert.InRange(turns.Count(owner => owner == 3), 6, 11);
    }

    [Fact]
    public async Task Priorities_stay_strict_in_a_fair_lane()
    {
        await BeginAsync("fair");
        await _index.PushAsync("move", [.. Jobs(1, 0, 5, level: 5), .. Jobs(2, 10, 5, level: 3), .. Jobs(1, 20, 5, level: 1), .. Jobs(3, 30, 2, level: 3)]);
        Assert.Equal([1, 1, 1, 1, 1, 3, 3, 3, 3, 3, 3, 3, 5, 5, 5, 5, 5], (await _index.TakeAsync(20, 1)).Select(id => int.Parse(id.Split('/')[1], null)));
    }

    [Fact]
    public async Task A_bound_of_priority_holds_in_a_split_lane()
    {
        await BeginAsync("fair");
        await _index.PushAsync("move", [.. Jobs(1, 0, 2, level: 5), .. Jobs(2, 10, 2, level: 3)]);
        Assert.Equal([2, 2], Owners(await _index.TakeBelowAsync(10, below: 5, 1)));
        Assert.Empty(await _index.TakeBelowAsync(10, below: 5, 1));
        Assert.Equal([1, 1], Owners(await _index.TakeAsync(10, 1)));
    }

    [Fact]
    public async Task A_job_that_comes_back_stands_before_its_owners_flood_and_is_not_paid_twice()
    {
        await BeginAsync("fair");
        await _index.PushAsync("move", [.. Jobs(1, 0, 50), .. Jobs(2, 100, 50)]);
        var first = await _index.TakeAsync(10, 1);
        var back = Jobs(1, 0, 1);
        await _index.PushAsync("move", back);
        Assert.Equal(0, Numbers(await _index.TakeAsync(1, 1))[0]);

        // As if it had been taken once.
        var taken = Owners([.. first, .. await _index.TakeAsync(20, 1)]);
        Assert.Equal((15, 15), (taken.Count(owner => owner == 1), taken.Count(owner => owner == 2)));
    }

    [Theory]
    [InlineData("move", 20, 0)]
    [InlineData("spent", 10, 10)]
    [InlineData("repair", 10, 10)]
    public async Task An_attempt_that_was_spent_is_a_turn_and_one_that_was_not_is_none(string mode, int mine, int others)
    {
        await BeginAsync("fair");
        await _index.PushAsync("move", [.. Jobs(1, 0, 2), .. Jobs(2, 100, 50)]);
        var turns = new List<int>();
        for (var i = 0; i < 20; i++)
        {
            var id = Assert.Single(await _index.TakeAsync(1, 1));
            turns.AddRange(Owners([id]));
            if (Owners([id]) is [1])
            {
                await Redis.SortedSetAddAsync(_index.Index.Taken, id, 0);
                await _index.PushAsync(mode, Jobs(1, Numbers([id])[0], 1));
            }
        }
        Assert.Equal((mine, others), (turns.Count(owner => owner == 1), turns.Count(owner => owner == 2)));
    }

    [Fact]
    public async Task A_stale_entry_of_a_line_does_not_lead_a_take_beyond_its_bound()
    {
        await BeginAsync("fair");
        var stale = Jobs(1, 0, 3);
        await _index.PushAsync("move", [.. stale, .. Jobs(2, 10, 2, level: 5)]);
        await Redis.SortedSetRemoveAsync(_index.Index.Lane(1), [.. stale.Select(job => (RedisValue)job.Id)]);
        Assert.Empty(await _index.TakeBelowAsync(10, below: 5, 1));
        Assert.Equal([10, 11], Numbers(await _index.TakeAsync(10, 1)));
    }

    [Fact]
    public async Task The_lane_whose_oldest_job_is_older_goes_first()
    {
        await BeginAsync("-");
        Assert.True(await _index.ShowSharesAsync("-", lanes: [(1, "fair"), (2, "-")]));
        await _index.PushAsync("move", [.. Jobs(1, 0, 3), .. Jobs(2, 20, 2), .. Jobs(9, 10, 3, lane: 2)]);
        Assert.Equal([1, 2, 1, 2, 1, 9, 9, 9], Owners(await _index.TakeAsync(10, 1, 2)));
    }

    [Fact]
    public async Task An_owner_at_its_limit_is_passed_over_until_one_of_its_jobs_ends()
    {
        await BeginAsync("fifo", (1, 1, 2));
        var mine = Jobs(1, 0, 4);
        await _index.PushAsync("move", [.. mine, .. Jobs(2, 10, 3)]);
        Assert.Equal([0, 1, 10, 11], Numbers(await _index.TakeAsync(4, 1)));
        Assert.Equal([12], Numbers(await _index.TakeAsync(4, 1)));
        Assert.Equal(2, await _index.RunningAsync(1));

        var rung = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await Redis.Multiplexer.GetSubscriber().SubscribeAsync(new RedisChannel(_index.Index.Prefix + "wake", RedisChannel.PatternMode.Literal), (_, lanes) => rung.TrySetResult($"{lanes}"));
        await _index.FinishAsync(mine[0]);
        Assert.Equal("1", await rung.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken));
        Assert.Equal([2], Numbers(await _index.TakeAsync(4, 1)));
        // The same again, late, frees nothing.
        await _index.FinishAsync(mine[0]);
        Assert.Empty(await _index.TakeAsync(4, 1));
        // One that waits again runs no more.
        await _index.PushAsync("move", [mine[1]]);
        Assert.Equal([1], Numbers(await _index.TakeAsync(4, 1)));
        await _index.ForgetAsync(mine[1]);
        Assert.Equal([3], Numbers(await _index.TakeAsync(4, 1)));
    }

    [Fact]
    public async Task Nobody_is_woken_for_what_is_parked()
    {
        await BeginAsync("fifo", (1, 1, 1));
        await _index.PushAsync("move", Jobs(1, 0, 2));
        Assert.Single(await _index.TakeAsync(4, 1));
        var rung = new ConcurrentQueue<string>();
        var channel = new RedisChannel(_index.Index.Prefix + "wake", RedisChannel.PatternMode.Literal);
        await Redis.Multiplexer.GetSubscriber().SubscribeAsync(channel, (_, lanes) => rung.Enqueue($"{lanes}"));
        await _index.PushAsync("move", Jobs(1, 2, 5));
        await _index.ShowMissingAsync(Jobs(1, 7, 5));
        await _index.PushAsync("move", Jobs(2, 20, 1, lane: 2));
        await Eventually.That(() => Assert.Contains("2", rung), TestContext.Current.CancellationToken);
        Assert.DoesNotContain("1", rung);
    }

    [Fact]
    public async Task What_runs_as_a_limit_is_set_counts_and_what_waits_stays_where_it_is()
    {
        await BeginAsync("fifo", (7, 1, 1));
        var jobs = Jobs(1, 0, 4);
        await _index.PushAsync("move", jobs);
        await Redis.SortedSetAddAsync(_index.Index.Taken, "1/3/9/1", 0);
        // All ran when they were looked up; those that are not taken wait again, or have ended.
        Assert.Equal(1, await _index.CountRunningAsync([.. jobs, new LineJob(1, 3, 9, Owner: 1)]));
        Assert.Equal(1, await _index.RunningAsync(1));
        Assert.Equal(1, await _index.CountRunningAsync(new LineJob(1, 3, 9, Owner: 1)));
        Assert.Equal(1, await _index.RunningAsync(1));
        Assert.Equal([0, 1, 2, 3], Numbers(await _index.TakeAsync(9, 1)));
    }

    [Fact]
    public async Task A_limit_counts_over_all_lanes_and_priorities_and_what_others_have_seen_running()
    {
        await BeginAsync("fifo", (1, 1, 3));
        await _index.HoldAsync(new LineJob(3, 3, 99, Owner: 1));
        await _index.HoldAsync(new LineJob(3, 3, 99, Owner: 1));
        await _index.PushAsync("move", [.. Jobs(1, 0, 2, lane: 1, level: 1), .. Jobs(1, 10, 2, lane: 2)]);
        Assert.Equal([0, 1], Numbers(await _index.TakeAsync(9, 1, 2)));
        await _index.FinishAsync(new LineJob(3, 3, 99, Owner: 1));
        Assert.Equal([10], Numbers(await _index.TakeAsync(9, 1, 2)));
    }

    [Fact]
    public async Task A_limit_that_is_raised_or_ended_acts_at_once_and_one_that_is_lowered_on_what_is_taken_next()
    {
        await BeginAsync("fair", (1, 1, 1));
        await _index.PushAsync("move", Jobs(1, 0, 10));
        Assert.Single(await _index.TakeAsync(9, 1));
        await _index.ShowSharesAsync("fair", owners: [(1, 1, 4)]);
        Assert.Equal(3, (await _index.TakeAsync(9, 1)).Length);
        await _index.ShowSharesAsync("fair", owners: [(1, 1, 2)]);
        await _index.FinishAsync(Jobs(1, 0, 2));
        Assert.Empty(await _index.TakeAsync(9, 1));
        await _index.ShowSharesAsync("fair");
        Assert.Equal(6, (await _index.TakeAsync(9, 1)).Length);
    }

    [Fact]
    public async Task Parked_owners_cost_nothing()
    {
        await BeginAsync("fair", [.. Enumerable.Range(2, 200).Select(owner => (owner, 1.0, (int?)1))]);
        await _index.PushAsync("move", Jobs(1, 0, 1));
        var (_, alone) = await _index.CountedTakeAsync(1, 1);

        await _index.PushAsync("move", [.. Enumerable.Range(2, 200).SelectMany(owner => Jobs(owner, 10 * owner, 2))]);
        Assert.Equal(200, (await _index.TakeAsync(1_000, 1)).Length);
        await _index.PushAsync("move", Jobs(1, 10_000, 1));
        var (ids, beside) = await _index.CountedTakeAsync(1, 1);
        Assert.Equal([1], Owners(ids));
        Assert.Equal(alone, beside);
    }

    [Fact]
    public async Task What_leaves_its_lane_leaves_its_line()
    {
        await BeginAsync("fair");
        var jobs = Jobs(1, 0, 5);
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
        await _index.PushAsync("move", [.. Jobs(1, 0, 10), .. Jobs(2, 20, 5)]);
        Assert.True(await _index.ShowSharesAsync("-", lanes: [(1, "fair")]));
        Assert.Equal("fair?", await _index.ModeAsync(1));
        await _index.PushAsync("move", Jobs(3, 30, 5));
        Assert.Equal([0, 1], Numbers(await _index.TakeAsync(2, 1)));

        Assert.Equal(1, Assert.Single(await _index.BeginLiningAsync("run")));
        Assert.Equal(13, await _index.LineUpAsync([.. Jobs(1, 0, 10), .. Jobs(2, 20, 5)]));
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
        await _index.PushAsync("move", Jobs(1, 0, 10));
        await _index.ShowSharesAsync("fair");
        Assert.Equal(1, Assert.Single(await _index.BeginLiningAsync("run")));
        await _index.LineUpAsync(Jobs(1, 0, 5));
        await _index.ShowSharesAsync("-");
        await _index.ShowSharesAsync("fair");
        await _index.LineUpAsync(Jobs(1, 5, 5));
        Assert.Equal(0, await _index.EndLiningAsync("run", 1));
        Assert.Equal("fair?", await _index.ModeAsync(1));
        Assert.Equal(10, (await _index.TakeAsync(99, 1)).Length);
    }

    [Fact]
    public async Task Shares_that_were_told_by_half_are_told_again()
    {
        await BeginAsync("fair", (1, 1, 1));
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
        await BeginAsync("fair");
        await _index.PushAsync("move", Jobs(1, 0, 1));
        Assert.True(await _index.ShowSharesAsync("fifo"));
        Assert.True(await _index.ShowSharesAsync(split: false));
        Assert.False(await _index.ShowSharesAsync(split: false));
    }

    [Fact]
    public async Task A_lane_goes_from_limits_to_turns_and_back_with_its_lines()
    {
        await BeginAsync("fifo", (7, 1, 1));
        await _index.PushAsync("move", [.. Jobs(1, 0, 10), .. Jobs(2, 20, 10)]);
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
        await BeginAsync("fair", (1, 1, 2));
        var jobs = Jobs(1, 0, 4);
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
        await BeginAsync("fair", (1, 1, 1));
        var jobs = Jobs(1, 0, 3);
        await _index.PushAsync("move", [.. jobs, .. Jobs(2, 50, 2)]);
        await Redis.KeyDeleteAsync([_index.Key("heads:1"), _index.Key("turns:1:3"), _index.Key("line:1:3:2")]);
        Assert.Empty(await _index.TakeAsync(9, 1));
        Assert.Equal(5, await _index.LineUpAsync([.. jobs, .. Jobs(2, 50, 2)]));
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
        await BeginAsync("fair");
        await _index.PushAsync("move", Jobs(1, 0, 3));
        Assert.Equal(1, await _index.ShowMissingAsync([.. Jobs(1, 0, 3), .. Jobs(2, 50, 1)]));
        Assert.Equal([1, 2], Owners(await _index.TakeAsync(2, 1)).Order());
    }

    [Fact]
    public async Task The_place_in_a_fair_lane_counts_the_turns_of_others()
    {
        await BeginAsync("fair");
        await _index.PushAsync("move", [.. Jobs(1, 0, 100), .. Jobs(2, 200, 5), .. Jobs(3, 300, 1), .. Jobs(3, 400, 2, level: 1)]);
        Assert.Equal(1, await _index.PositionAsync(new LineJob(1, 1, 400, Owner: 3)));
        // Two of higher priority, and one turn of each of the two others.
        Assert.Equal(5, await _index.PositionAsync(new LineJob(1, 3, 300, Owner: 3)));
        Assert.Equal(2 + 4 + 10 + 1, await _index.PositionAsync(new LineJob(1, 3, 204, Owner: 2)));
        // No more than there are.
        Assert.Equal(108, await _index.PositionAsync(new LineJob(1, 3, 99, Owner: 1)));
        Assert.Null(await _index.PositionAsync(new LineJob(1, 3, 999, Owner: 1)));
    }
}
