using StackExchange.Redis;
using static AiPlatform.Jobs.Tests.LineJob;

namespace AiPlatform.Jobs.Tests;

/// <summary>Turns of owners in a fair lane, by the scripts alone.</summary>
public sealed class FairLaneTests(QuietHost quiet) : IClassFixture<QuietHost>
{
    readonly SplitScripts _index = new(quiet.Host.Redis);

    IDatabase Redis => quiet.Host.Redis;

    [Fact]
    public async Task In_a_fair_lane_a_flood_gets_its_share_and_no_more()
    {
        await _index.BeginAsync("fair");
        await _index.PushAsync("move", Line(owner: 1, from: 0, count: 400));
        await _index.PushAsync("move", [.. Enumerable.Range(2, 4).SelectMany(owner => Line(owner, from: 1_000 * owner, count: 10))]);

        var first = Owners(await _index.TakeAsync(50, 1));
        Assert.All(Enumerable.Range(1, 5), owner => Assert.Equal(10, first.Count(taken => taken == owner)));
        Assert.Equal(Enumerable.Range(10, 100), Numbers(await _index.TakeAsync(100, 1)));
    }

    [Fact]
    public async Task Weights_are_shares()
    {
        await _index.BeginAsync("fair", (1, 3, null), (2, 0.5, null));
        await _index.PushAsync("move", [.. Line(1, 0, 100), .. Line(2, 200, 100), .. Line(3, 400, 100)]);
        var taken = Owners(await _index.TakeAsync(90, 1));
        Assert.InRange(taken.Count(owner => owner == 1), 59, 61);
        Assert.InRange(taken.Count(owner => owner == 2), 9, 11);
        Assert.InRange(taken.Count(owner => owner == 3), 19, 21);
    }

    [Fact]
    public async Task Idling_earns_nothing_and_being_ahead_is_not_forgotten_by_it()
    {
        await _index.BeginAsync("fair");
        await _index.PushAsync("move", [.. Line(1, 0, 100), .. Line(2, 200, 1)]);
        Assert.Equal([1, 2], Owners(await _index.TakeAsync(2, 1)).Order());
        await _index.TakeAsync(40, 1);
        // Back after 40 turns of the other, it has the next one and not 40.
        await _index.PushAsync("move", Line(2, 201, 3));
        Assert.Equal([2, 1, 2, 1], Owners(await _index.TakeAsync(4, 1)));
        // One job at a time, always back at once, it gets every second turn.
        var turns = new List<int>();
        for (var i = 0; i < 20; i++)
        {
            await _index.PushAsync("move", Line(3, 300 + i, 1));
            turns.AddRange(Owners(await _index.TakeAsync(1, 1)));
        }
        Assert.InRange(turns.Count(owner => owner == 3), 6, 11);
    }

    [Fact]
    public async Task Priorities_stay_strict_in_a_fair_lane()
    {
        await _index.BeginAsync("fair");
        await _index.PushAsync("move", [.. Line(1, 0, 5, level: 5), .. Line(2, 10, 5, level: 3), .. Line(1, 20, 5, level: 1), .. Line(3, 30, 2, level: 3)]);
        Assert.Equal([1, 1, 1, 1, 1, 3, 3, 3, 3, 3, 3, 3, 5, 5, 5, 5, 5], (await _index.TakeAsync(20, 1)).Select(id => int.Parse(id.Split('/')[1], null)));
    }

    [Fact]
    public async Task A_bound_of_priority_holds_in_a_split_lane()
    {
        await _index.BeginAsync("fair");
        await _index.PushAsync("move", [.. Line(1, 0, 2, level: 5), .. Line(2, 10, 2, level: 3)]);
        Assert.Equal([2, 2], Owners(await _index.TakeBelowAsync(10, below: 5, 1)));
        Assert.Empty(await _index.TakeBelowAsync(10, below: 5, 1));
        Assert.Equal([1, 1], Owners(await _index.TakeAsync(10, 1)));
    }

    [Fact]
    public async Task A_job_that_comes_back_stands_before_its_owners_flood_and_is_not_paid_twice()
    {
        await _index.BeginAsync("fair");
        await _index.PushAsync("move", [.. Line(1, 0, 50), .. Line(2, 100, 50)]);
        var first = await _index.TakeAsync(10, 1);
        var back = Line(1, 0, 1);
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
        await _index.BeginAsync("fair");
        await _index.PushAsync("move", [.. Line(1, 0, 2), .. Line(2, 100, 50)]);
        var turns = new List<int>();
        for (var i = 0; i < 20; i++)
        {
            var id = Assert.Single(await _index.TakeAsync(1, 1));
            turns.AddRange(Owners([id]));
            if (Owners([id]) is [1])
            {
                await Redis.SortedSetAddAsync(_index.Index.Taken, id, 0);
                await _index.PushAsync(mode, Line(1, Numbers([id])[0], 1));
            }
        }
        Assert.Equal((mine, others), (turns.Count(owner => owner == 1), turns.Count(owner => owner == 2)));
    }

    [Fact]
    public async Task The_lane_whose_oldest_job_is_older_goes_first()
    {
        await _index.BeginAsync("-");
        Assert.True(await _index.ShowSharesAsync("-", lanes: [(1, "fair"), (2, "-")]));
        await _index.PushAsync("move", [.. Line(1, 0, 3), .. Line(2, 20, 2), .. Line(9, 10, 3, lane: 2)]);
        Assert.Equal([1, 2, 1, 2, 1, 9, 9, 9], Owners(await _index.TakeAsync(10, 1, 2)));
    }

    [Fact]
    public async Task The_place_in_a_fair_lane_counts_the_turns_of_others()
    {
        await _index.BeginAsync("fair");
        await _index.PushAsync("move", [.. Line(1, 0, 100), .. Line(2, 200, 5), .. Line(3, 300, 1), .. Line(3, 400, 2, level: 1)]);
        Assert.Equal(1, await _index.PositionAsync(new LineJob(1, 1, 400, Owner: 3)));
        // Two of higher priority, and one turn of each of the two others.
        Assert.Equal(5, await _index.PositionAsync(new LineJob(1, 3, 300, Owner: 3)));
        Assert.Equal(2 + 4 + 10 + 1, await _index.PositionAsync(new LineJob(1, 3, 204, Owner: 2)));
        // No more than there are.
        Assert.Equal(108, await _index.PositionAsync(new LineJob(1, 3, 99, Owner: 1)));
        Assert.Null(await _index.PositionAsync(new LineJob(1, 3, 999, Owner: 1)));
    }
}
