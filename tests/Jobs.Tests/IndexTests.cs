using AiPlatform.Contracts;
using AiPlatform.Jobs.Index;
using AiPlatform.Jobs.Store;
using AiPlatform.Testing;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

/// <summary>What the index says may be missing, stale or wrong; jobs start all the same, in order.</summary>
public sealed class IndexTests(Stores stores)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Entries_of_jobs_that_have_ended_are_dropped_and_cost_no_one_a_job()
    {
        await using var host = await JobsHost.StartAsync(stores);
        await host.BuiltAsync();
        var ended = await host.SubmitAsync();
        var running = await host.StartJobAsync(Job(task: "other"));
        var row = (await host.Get<JobStore>().OpenAsync([ended, running.Id], Ct)).ToDictionary(open => open.Id);
        await host.Queue.CancelAsync(JobScope.All, ended, Ct);
        await host.Get<ReadyIndex>().MoveAsync([row[ended], row[running.Id] with { Running = false }]);

        Assert.Empty(await host.ClaimAsync());
        Assert.Empty(await host.ClaimAsync(task: "other"));
        var next = await host.SubmitAsync();
        Assert.Equal(next, (await host.ClaimOneAsync()).Id);
        await host.CompleteAsync(running);
        await Eventually.That(async () => Assert.Equal([next.ToString()], await TakenAsync(host)), Ct);
    }

    [Fact]
    public async Task Any_number_of_entries_of_ended_jobs_keeps_no_claim_from_the_job_behind_them()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await host.BuildEmptyAsync();
        var ended = await host.Queue.SubmitAsync([.. Enumerable.Range(0, 300).Select(_ => Job())], Ct);
        await host.Get<JobStore>().CancelAsync([.. ended.Select(job => job.Id)], Ct);
        var behind = await host.SubmitAsync();
        // A claim looks by itself every five seconds.
        Assert.Equal(behind, (await host.ClaimOneAsync(waitSeconds: 60)).Id);
    }

    [Fact]
    public async Task A_lane_that_is_new_is_learned_while_a_live_index_is_built_again()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await host.BuildEmptyAsync();
        await using var other = await JobsHost.StartAsync(stores, beside: host, maintenance: false);
        await host.SubmitAsync();
        await other.ClaimOneAsync();
        await host.SubmitAsync();
        var high = await host.SubmitAsync(Job(JobPriority.High, profile: "new"));
        Assert.True(await host.Get<ReadyIndex>().BeginBuildAsync("again"));
        Assert.Equal(high, (await other.ClaimOneAsync()).Id);
    }

    [Fact]
    public async Task Entries_of_jobs_that_do_not_wait_go_by_themselves_and_the_others_stay()
    {
        await using var host = await JobsHost.StartAsync(stores);
        await host.BuiltAsync();
        // More than a page in front of them, and a lane without jobs between.
        var waiting = Enumerable.Range(0, 1_100).Select(_ => Job(task: "waits")).ToArray();
        await host.Queue.SubmitAsync(waiting, Ct);
        await host.CompleteAsync(await host.StartJobAsync(Job(task: "empty")));
        var ended = await host.SubmitAsync(Job(task: "last"));
        var running = await host.StartJobAsync(Job(task: "other"));
        var late = await host.SubmitAsync(Job(task: "last") with { RunAt = TimeProvider.System.GetUtcNow().AddHours(1) });
        var rows = (await host.Get<JobStore>().OpenAsync([ended, running.Id, late], Ct)).Select(row => row with { Running = false, DelayMs = 0 }).ToArray();
        await host.Queue.CancelAsync(JobScope.All, ended, Ct);
        await host.Get<ReadyIndex>().MoveAsync(rows);

        await Eventually.That(async () =>
        {
            Assert.Equal(waiting.Select(job => $"{job.Id}"), await WaitingAsync(host));
            Assert.Equal([running.Id.ToString()], await TakenAsync(host));
        }, Ct);
        Assert.NotNull(await host.Redis.SortedSetScoreAsync($"{{{host.Schema}}}:delayed", $"{late}"));
    }

    [Fact]
    public async Task A_job_that_was_claimed_without_the_index_is_not_shown_as_waiting()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        var first = await host.SubmitAsync();
        var second = await host.SubmitAsync();
        Assert.Equal([$"{first}", $"{second}"], await WaitingAsync(host));
        Assert.Equal(first, (await host.ClaimOneAsync()).Id);
        Assert.Equal([$"{second}"], await WaitingAsync(host));
        Assert.Equal([$"{first}"], await TakenAsync(host));
    }

    [Fact]
    public async Task Running_jobs_among_the_delayed_do_not_hide_a_job_whose_time_has_come()
    {
        await using var host = await JobsHost.StartAsync(stores);
        await host.BuiltAsync();
        await host.Queue.SubmitAsync([.. Enumerable.Range(0, 600).Select(_ => Job(task: "busy"))], Ct);
        var running = await host.ClaimAsync(limit: 600, task: "busy");
        var delayed = $"{{{host.Schema}}}:delayed";
        await host.Redis.SortedSetAddAsync(delayed, [.. running.Select(claim => new SortedSetEntry(claim.Id.ToString(), 1))]);
        var runAt = (await host.QueryAsync("select now() + interval '0.5 s'", row => row.GetFieldValue<DateTimeOffset>(0)))[0];
        var late = await host.SubmitAsync(Job() with { RunAt = runAt });
        Assert.Equal(late, (await host.ClaimOneAsync()).Id);
    }

    [Fact]
    public async Task A_wiped_Redis_is_rebuilt_in_order_while_jobs_flow()
    {
        await using var host = await JobsHost.StartAsync(stores);
        await host.BuiltAsync();
        JobPriority[] priorities = [JobPriority.Low, JobPriority.High, JobPriority.Normal];
        var jobs = Enumerable.Range(0, 900).Select(i => Job(priorities[i % 3], profile: $"p{i % 4}")).ToArray();
        await host.Queue.SubmitAsync(jobs, Ct);
        var inOrder = jobs.Index().OrderBy(job => job.Item.Priority).ThenBy(job => job.Index).Select(job => job.Item.Id).ToArray();

        var started = new List<Guid>();
        while (started.Count < jobs.Length)
        {
            if (started.Count % 100 == 0)
            {
                await WipeAsync(host);
            }
            var claims = await host.ClaimAsync(limit: 10, waitSeconds: 30);
            started.AddRange(claims.Select(claim => claim.Id));
            await Task.WhenAll(claims.Select(claim => host.CompleteAsync(claim)));
        }
        Assert.Equal(inOrder, started);
        await Eventually.That(async () => Assert.Empty(await TakenAsync(host)), Ct);
    }

    [Fact]
    public async Task A_wipe_in_the_middle_of_a_build_makes_it_begin_again()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        var index = host.Get<ReadyIndex>();
        Assert.True(await index.BeginBuildAsync("mark"));
        await WipeAsync(host);
        Assert.False(await index.EndBuildAsync("mark", highest: 0));
        Assert.False(await index.IsBuiltAsync());
    }

    [Fact]
    public async Task A_lane_that_only_Redis_knows_stops_no_claim_and_the_index_is_built_anew()
    {
        await using var host = await JobsHost.StartAsync(stores);
        await host.BuiltAsync();
        var id = await host.SubmitAsync();
        // As after a restore of Postgres: lanes of another time.
        RedisKey lanes = $"{{{host.Schema}}}:lanes";
        await host.Redis.StringSetAsync(lanes, 99);
        Assert.Equal([id], (await host.ClaimAsync()).Select(claim => claim.Id));
        await Eventually.That(async () => Assert.Equal(host.Get<LaneDirectory>().Highest, (int)await host.Redis.StringGetAsync(lanes)), Ct);
        await host.BuiltAsync();

        var next = await host.SubmitAsync();
        Assert.Equal([next], (await host.ClaimAsync()).Select(claim => claim.Id));
        Assert.True(await host.Get<ReadyIndex>().IsBuiltAsync());
    }

    [Fact]
    public async Task A_check_that_another_clock_has_set_hides_no_job()
    {
        await using var host = await JobsHost.StartAsync(stores);
        await host.BuiltAsync();
        var id = await host.SubmitAsync();
        await host.ClaimOneAsync(leaseSeconds: 0.1);
        // As handed out by a Redis whose clock was an hour ahead.
        await host.Redis.SortedSetAddAsync(host.Get<QueueKeys>().Taken, $"{id}", Ahead(hours: 1));
        Assert.Equal(id, (await host.ClaimOneAsync()).Id);
    }

    [Fact]
    public async Task Places_that_another_clock_has_given_are_put_right_by_a_build()
    {
        await using var host = await JobsHost.StartAsync(stores);
        await host.BuiltAsync();
        var id = await host.SubmitAsync();
        var keys = host.Get<QueueKeys>();
        await host.Redis.SortedSetRemoveAsync(keys.Lane(1), $"{id}");
        await host.Redis.SortedSetAddAsync(keys.Delayed, $"{id}", Ahead(hours: 1));
        await host.Redis.KeyDeleteAsync(keys.Epoch);
        await host.BuiltAsync();
        Assert.Equal(id, (await host.ClaimOneAsync()).Id);
    }

    static long Ahead(int hours) => TimeProvider.System.GetUtcNow().AddHours(hours).ToUnixTimeMilliseconds();

    [Fact]
    public async Task A_pause_that_Redis_has_wrong_is_put_right()
    {
        await using var host = await JobsHost.StartAsync(stores);
        await host.BuiltAsync();
        await host.Redis.SetAddAsync($"{{{host.Schema}}}:paused", "*");
        var id = await host.SubmitAsync();
        Assert.Equal(id, (await host.ClaimOneAsync()).Id);
    }

    /// <summary>What FLUSHALL does to this host: everything under its prefix is gone.</summary>
    static async Task WipeAsync(JobsHost host) => await host.Redis.ScriptEvaluateAsync(
        "for _, key in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('DEL', key) end", [], [$"{{{host.Schema}}}:*"]);

    /// <summary>What stands in the lanes, lane by lane.</summary>
    static async Task<string[]> WaitingAsync(JobsHost host)
    {
        var lanes = await Task.WhenAll(Enumerable.Range(1, host.Get<LaneDirectory>().Highest)
            .Select(lane => host.Redis.SortedSetRangeByRankAsync($"{{{host.Schema}}}:ready:{lane}")));
        return [.. lanes.SelectMany(lane => lane).Select(id => (string)id!)];
    }

    static async Task<string[]> TakenAsync(JobsHost host) =>
        [.. (await host.Redis.SortedSetRangeByRankAsync($"{{{host.Schema}}}:taken")).Select(id => (string)id!)];

    [Fact]
    public async Task A_job_beside_that_cannot_be_put_right_does_not_cost_those_that_were_claimed()
    {
        using var logs = new LogRecorder();
        await using var host = await JobsHost.StartAsync(stores, maintenance: false, logs: logs);
        await host.BuildEmptyAsync();
        await host.SubmitAsync(Job() with { Deadline = DateTimeOffset.Parse("2020-01-01T00:00:00Z", null) });
        var id = await host.SubmitAsync();
        await host.ExecuteAsync("alter table job_result add constraint refuses_all check (false)");

        Assert.Equal(id, Assert.Single(await host.ClaimAsync(limit: 2)).Id);

        var line = Assert.Single(logs.Of(2011));
        Assert.Equal((LogLevel.Warning, "1 jobs that could not start were not put right in the index; their check does that."), (line.Level, line.Message));
    }
}
