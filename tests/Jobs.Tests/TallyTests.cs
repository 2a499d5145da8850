using AiPlatform.Contracts;
using AiPlatform.Jobs.Index;
using AiPlatform.Jobs.Store;
using AiPlatform.Testing;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

public sealed class TallyTests(Stores stores)
{
    const string Counted = """
        select state, lane, owner, priority, '' as error_category, count(*)::bigint as jobs from job_open group by 1, 2, 3, 4
        union all
        select state, lane, owner, 0, coalesce(error_category, ''), count(*) from job_result group by 1, 2, 3, 5
        """;

    const string Noted = """
        select state, lane, owner, priority, error_category, sum(jobs)::bigint
        from (table job_tally union all table job_change) t group by 1, 2, 3, 4, 5 having sum(jobs) <> 0
        """;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_happens_to_jobs_the_tallies_are_what_counting_would_find()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false, configure: options => options.MaxRescues = 0);
        await ManyChangesAsync(host);
        await AssertExactAsync(host);
        Assert.NotEqual(0, await host.Get<JobStore>().FoldTalliesAsync(10_000, Ct));
        Assert.Equal(0, await NotesAsync(host));
        await AssertExactAsync(host);

        await ManyChangesAsync(host);
        await AssertExactAsync(host);
    }

    [Fact]
    public async Task Two_that_fold_at_once_lose_no_note_and_count_none_twice()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        var store = host.Get<JobStore>();
        var changes = Task.WhenAll(Enumerable.Range(0, 5).Select(_ => ManyChangesAsync(host)));
        var folded = 0L;
        while (!changes.IsCompleted)
        {
            folded += (await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => store.FoldTalliesAsync(7, Ct)))).Sum();
        }
        await changes;
        await AssertExactAsync(host);
        folded += await store.FoldTalliesAsync(10_000, Ct);
        await AssertExactAsync(host);
        Assert.NotEqual(0, folded);
        Assert.Equal(0, await NotesAsync(host));
    }

    [Fact]
    public async Task Jobs_from_before_the_tallies_are_counted()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await ManyChangesAsync(host);
        await host.ExecuteAsync("""
            drop table job_tally, job_change;
            drop function note_open_jobs cascade;
            drop function note_final_jobs cascade;
            drop function day_of;
            drop function seconds_run;
            delete from schema_migration where name = '0005_tallies.sql'
            """);
        await ManyChangesAsync(host);
        await using var upgraded = await JobsHost.StartAsync(stores, maintenance: false, beside: host);
        await AssertExactAsync(upgraded);
        await ManyChangesAsync(upgraded);
        await AssertExactAsync(upgraded);
    }

    [Fact]
    public async Task Days_that_are_dropped_and_jobs_that_are_removed_are_in_no_tally()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await host.ExecuteAsync("select make_day((now() at time zone 'UTC')::date - 10)");
        await host.ExecuteAsync("""
            with old as (
              select overlay(first_id_at(now() - d * interval '1 day')::text placing lpad(n::text, 4, '0') from 33)::uuid as id
              from generate_series(1, 3) n, (values (10), (20)) days (d)
            ), jobs as (
              insert into job (id, owner_service, task_type, model_profile, priority, max_attempts, input)
              select id, 'o', 't', 'm', 3, 1, '{}' from old
            )
            insert into job_result (id, lane, owner, state, attempt, rescues, started_at, finished_at)
            select id, 1, 1, 2, 1, 0, now() - interval '9 days 3 s', now() - interval '9 days' from old
            """);
        await AssertExactAsync(host);
        await host.Get<JobStore>().FoldTalliesAsync(10_000, Ct);

        Assert.Equal(3, (await host.Get<JobStore>().DeleteFromRestAsync(100, Ct)).Jobs);
        await AssertExactAsync(host);
        Assert.Equal(1, await host.Get<JobStore>().DropDaysAsync(Ct));
        await AssertExactAsync(host);
        await host.Get<JobStore>().FoldTalliesAsync(10_000, Ct);
        await host.Get<JobStore>().DeleteEmptyTalliesAsync(Ct);
        Assert.Equal([0L], await host.QueryAsync("select count(*) from job_tally", row => row.GetInt64(0)));
    }

    [Fact]
    public async Task How_long_runs_of_a_lane_take_is_known_when_others_have_ended_since()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        var slow = await host.StartJobAsync(Job(task: "slow"));
        await host.ExecuteAsync($"update job_open set started_at = now() - interval '100 s' where id = '{slow.Id}'");
        await host.CompleteAsync(slow);
        await host.CompleteAsync(await host.StartJobAsync(Job(task: "fast")));
        await host.ExecuteAsync("""
            insert into job_result (id, lane, owner, state, attempt, rescues, started_at)
            select overlay(first_id_at(now() + interval '1 s')::text placing lpad(n::text, 4, '0') from 33)::uuid, (select id from lane where task_type = 'fast'), 1, 2, 1, 0, now()
            from generate_series(1, 1000) n
            """);
        var runs = (await host.Get<JobStore>().RecentRunsAsync(Ct)).ToDictionary(run => run.Lane.TaskType, run => run.Seconds);
        Assert.InRange(runs["slow"], 100, 130);
        Assert.InRange(runs["fast"], 0, 10);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_longest_wait_is_that_of_the_job_that_could_have_started_first(bool hasRedis)
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false, hasRedis: hasRedis);
        if (hasRedis)
        {
            await host.BuildEmptyAsync();
        }
        await host.SubmitAsync(Job() with { RunAt = DateTimeOffset.Parse("2999-01-01T00:00:00Z", null) });
        var waits = await host.SubmitAsync(Job());
        var later = await host.SubmitAsync(Job());
        await host.SubmitAsync(Job(JobPriority.High, "transcription") with { RunAt = DateTimeOffset.Parse("2999-01-01T00:00:00Z", null) });
        await host.ExecuteAsync($"update job_open set run_at = now() - interval '1 hour' where id = '{later}'");
        await host.ExecuteAsync($"update job_open set run_at = now() - interval '1 minute' where id = '{waits}'");

        var stats = await host.Queue.StatsAsync(JobScope.All, Ct);
        Assert.InRange(stats.OldestWaitingSeconds!.Value, 3600, 3900);
        Assert.Equal([3, 1], stats.ByLane.Select(lane => lane.Pending));
        Assert.Null(stats.ByLane[1].OldestWaitingSeconds);
    }

    static async Task AssertExactAsync(JobsHost host)
    {
        Assert.Empty(await host.QueryAsync($"({Counted}) except ({Noted})", row => row.GetInt64(5)));
        Assert.Empty(await host.QueryAsync($"({Noted}) except ({Counted})", row => row.GetInt64(5)));
    }

    static async Task<long> NotesAsync(JobsHost host) => (await host.QueryAsync("select count(*) from job_change", row => row.GetInt64(0)))[0];

    /// <summary>Every move of a job's life, some jobs left in each status.</summary>
    static async Task ManyChangesAsync(JobsHost host)
    {
        var task = $"t{Guid.NewGuid():N}";
        NewJob New(JobPriority priority = JobPriority.Normal) => Job(priority, task, owner: $"o{Random.Shared.Next(3)}");
        await host.Queue.SubmitAsync([.. Enumerable.Range(0, 12).Select(i => New((JobPriority)(1 + i % 3 * 2)))], Ct);
        await host.SubmitAsync(New() with { ResultTtl = TimeSpan.FromTicks(1) });
        var runs = await host.Queue.ClaimAsync(
            new ClaimRequest("w", [task], [], 9, TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(20)), Ct);
        await host.Queue.CompleteAsync(JobFence.Of(runs[0]), Json("1"), Ct);
        await host.Queue.FailAsync(JobFence.Of(runs[1]), new JobError("provider_rejected", "400"), default, Ct);
        await host.Queue.FailAsync(JobFence.Of(runs[2]), new JobError("timeout", "late"), new FailOptions(Retry: true), Ct);
        await host.Queue.FailAsync(JobFence.Of(runs[3]), new JobError("provider_rejected", "400"), default, Ct);
        await host.Queue.RetryAsync(JobScope.All, runs[3].Id, Ct);
        await host.Queue.CancelAsync(JobScope.All, runs[4].Id, Ct);
        await host.Queue.ReleaseAsync([JobFence.Of(runs[5])], Ct);
        await host.Queue.RenewAsync([new Renewal(JobFence.Of(runs[6]), TimeSpan.FromMinutes(20), null)], Ct);
        await host.ExecuteAsync($"update job_open set lease_until = now() - interval '1 s' where id = '{runs[7].Id}'");
        await host.Get<IndexRepair>().RepairAsync([runs[7].Id], Ct);
        Assert.Equal(ChangeResult.Changed, await host.Queue.RetryAsync(JobScope.All, runs[8].Id, Ct));
        var late = await host.SubmitAsync(New() with { Deadline = DateTimeOffset.Parse("2999-01-01T00:00:00Z", null) });
        await host.ExecuteAsync($"update job_open set deadline = now() - interval '1 s' where id = '{late}'");
        await host.Get<IndexRepair>().RepairAsync([late], Ct);
        await host.Get<JobStore>().DeleteExpiredAsync(100, Ct);
    }
}
