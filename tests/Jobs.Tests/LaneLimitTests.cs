using System.Collections.Concurrent;
using AiPlatform.Testing;
using StackExchange.Redis;
using static AiPlatform.Jobs.Tests.LineJob;

namespace AiPlatform.Jobs.Tests;

/// <summary>Owners with a running limit in the lines of their lanes, by the scripts alone.</summary>
public sealed class LaneLimitTests(QuietHost quiet) : IClassFixture<QuietHost>
{
    readonly SplitScripts _index = new(quiet.Host.Redis);

    IDatabase Redis => quiet.Host.Redis;

    [Fact]
    public async Task An_owner_at_its_limit_is_passed_over_until_one_of_its_jobs_ends()
    {
        await _index.BeginAsync("fifo", (1, 1, 2));
        var mine = Line(1, 0, 4);
        await _index.PushAsync("move", [.. mine, .. Line(2, 10, 3)]);
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
        await _index.BeginAsync("fifo", (1, 1, 1));
        await _index.PushAsync("move", Line(1, 0, 2));
        Assert.Single(await _index.TakeAsync(4, 1));
        var rung = new ConcurrentQueue<string>();
        var channel = new RedisChannel(_index.Index.Prefix + "wake", RedisChannel.PatternMode.Literal);
        await Redis.Multiplexer.GetSubscriber().SubscribeAsync(channel, (_, lanes) => rung.Enqueue($"{lanes}"));
        await _index.PushAsync("move", Line(1, 2, 5));
        await _index.ShowMissingAsync(Line(1, 7, 5));
        await _index.PushAsync("move", Line(2, 20, 1, lane: 2));
        await Eventually.That(() => Assert.Contains("2", rung), TestContext.Current.CancellationToken);
        Assert.DoesNotContain("1", rung);
    }

    [Fact]
    public async Task What_runs_as_a_limit_is_set_counts_and_what_waits_stays_where_it_is()
    {
        await _index.BeginAsync("fifo", (7, 1, 1));
        var jobs = Line(1, 0, 4);
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
        await _index.BeginAsync("fifo", (1, 1, 3));
        await _index.HoldAsync(new LineJob(3, 3, 99, Owner: 1));
        await _index.HoldAsync(new LineJob(3, 3, 99, Owner: 1));
        await _index.PushAsync("move", [.. Line(1, 0, 2, lane: 1, level: 1), .. Line(1, 10, 2, lane: 2)]);
        Assert.Equal([0, 1], Numbers(await _index.TakeAsync(9, 1, 2)));
        await _index.FinishAsync(new LineJob(3, 3, 99, Owner: 1));
        Assert.Equal([10], Numbers(await _index.TakeAsync(9, 1, 2)));
    }

    [Fact]
    public async Task A_limit_that_is_raised_or_ended_acts_at_once_and_one_that_is_lowered_on_what_is_taken_next()
    {
        await _index.BeginAsync("fair", (1, 1, 1));
        await _index.PushAsync("move", Line(1, 0, 10));
        Assert.Single(await _index.TakeAsync(9, 1));
        await _index.ShowSharesAsync("fair", owners: [(1, 1, 4)]);
        Assert.Equal(3, (await _index.TakeAsync(9, 1)).Length);
        await _index.ShowSharesAsync("fair", owners: [(1, 1, 2)]);
        await _index.FinishAsync(Line(1, 0, 2));
        Assert.Empty(await _index.TakeAsync(9, 1));
        await _index.ShowSharesAsync("fair");
        Assert.Equal(6, (await _index.TakeAsync(9, 1)).Length);
    }

    [Fact]
    public async Task Parked_owners_cost_nothing()
    {
        await _index.BeginAsync("fair", [.. Enumerable.Range(2, 200).Select(owner => (owner, 1.0, (int?)1))]);
        await _index.PushAsync("move", Line(1, 0, 1));
        var (_, alone) = await _index.CountedTakeAsync(1, 1);

        await _index.PushAsync("move", [.. Enumerable.Range(2, 200).SelectMany(owner => Line(owner, 10 * owner, 2))]);
        Assert.Equal(200, (await _index.TakeAsync(1_000, 1)).Length);
        await _index.PushAsync("move", Line(1, 10_000, 1));
        var (ids, beside) = await _index.CountedTakeAsync(1, 1);
        Assert.Equal([1], Owners(ids));
        Assert.Equal(alone, beside);
    }
}
