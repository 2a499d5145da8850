using System.Diagnostics.Metrics;
using AiPlatform.Contracts;
using AiPlatform.Jobs.Index;
using AiPlatform.Testing;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

public sealed class TelemetryTests(Stores stores)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_job_that_is_done_is_counted_and_timed_once()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        using var meters = Record(host);
        var claim = await host.StartJobAsync(Job(JobPriority.High, "llm_chat", "qwen"));
        await host.CompleteAsync(claim);
        await host.CompleteAsync(claim);

        Dictionary<string, object?> lane = new() { ["task_type"] = "llm_chat", ["model_profile"] = "qwen" };
        AssertOne(meters, "aiplatform.job.submitted", "{job}", new(lane) { ["priority"] = "high" });
        AssertOne(meters, "aiplatform.job.wait.duration", "s", new(lane) { ["priority"] = "high" });
        AssertOne(meters, "aiplatform.job.run.duration", "s", new(lane) { ["priority"] = "high" });
        AssertOne(meters, "aiplatform.job.total.duration", "s", new(lane) { ["priority"] = "high", ["status"] = "completed" });
        AssertOne(meters, "aiplatform.job.finished", "{job}", new(lane) { ["priority"] = "high", ["status"] = "completed" });
    }

    [Theory]
    [InlineData("provider_rejected", "provider_rejected")]
    [InlineData("an external worker's own word", "other")]
    public async Task A_failure_is_counted_by_a_category_from_the_closed_list(string category, string tag)
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        using var meters = Record(host);
        var claim = await host.StartJobAsync(Job(attempts: 1));
        await host.Queue.FailAsync(JobFence.Of(claim), new JobError(category, "no"), default, Ct);
        AssertOne(meters, "aiplatform.job.finished", "{job}",
            new() { ["task_type"] = "llm_chat", ["model_profile"] = "default", ["priority"] = "normal", ["status"] = "failed", ["error.category"] = tag });
    }

    [Fact]
    public async Task An_attempt_that_is_tried_again_has_run_but_its_job_is_not_finished()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        using var meters = Record(host);
        var claim = await host.StartJobAsync(Job());
        await host.Queue.FailAsync(JobFence.Of(claim), new JobError("provider_error", "no"), default, Ct);
        Assert.Single(meters.Of("aiplatform.job.run.duration"));
        Assert.Empty(meters.Of("aiplatform.job.finished"));
        Assert.Empty(meters.Of("aiplatform.job.total.duration"));
    }

    [Fact]
    public async Task The_wait_is_measured_from_the_moment_a_job_may_start()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        using var meters = Record(host);
        var first = await host.StartJobAsync(Job());
        await host.ExecuteAsync("update job_open set run_at = run_at - interval '1 hour'");
        await host.Queue.ReleaseAsync([JobFence.Of(first)], Ct);
        await host.ClaimOneAsync();
        Assert.All(meters.Of("aiplatform.job.wait.duration"), wait => Assert.InRange(wait.Value, 0, 30));

        var late = await host.SubmitAsync(Job(task: "old"));
        await host.ExecuteAsync($"update job_open set run_at = run_at - interval '1 hour' where id = '{late}'");
        await host.ClaimOneAsync("old");
        Assert.InRange(meters.Of("aiplatform.job.wait.duration")[^1].Value, 3_600, 3_630);
    }

    [Fact]
    public async Task Depth_and_age_are_reported_by_lane_and_priority()
    {
        await using var host = await JobsHost.StartAsync(stores);
        using var meters = Record(host);
        var later = Job(profile: "later") with { RunAt = DateTimeOffset.Parse("2100-01-01T00:00:00Z", null) };
        await host.Queue.SubmitAsync([Job(), Job(), Job(JobPriority.Low), later], Ct);

        await Eventually.That(() =>
        {
            meters.Observe();
            Assert.Equal(
                ["default low 1", "default normal 2", "later normal 1"],
                meters.Of("aiplatform.queue.depth").TakeLast(3)
                    .Select(depth => $"{depth.Tags["model_profile"]} {depth.Tags["priority"]} {depth.Value}").Order());
        }, Ct);
        Assert.All(meters.Of("aiplatform.queue.depth"), depth => Assert.Equal(("{job}", "llm_chat"), (depth.Unit, depth.Tags["task_type"])));
        var ages = meters.Of("aiplatform.queue.oldest.age");
        Assert.DoesNotContain(ages, age => Equals(age.Tags["model_profile"], "later"));
        Assert.All(ages, age => Assert.InRange(age.Value, 0, 60));
    }

    [Fact]
    public async Task A_lost_lease_is_counted()
    {
        await using var host = await JobsHost.StartAsync(stores);
        using var meters = Record(host);
        await host.SubmitAsync();
        await host.ClaimOneAsync(leaseSeconds: 0.1);
        await host.ClaimOneAsync(waitSeconds: 30);
        Assert.Equal(1, meters.Sum("aiplatform.lease.expired"));
        Assert.Equal(0, meters.Sum("aiplatform.handoff.recovered"));
    }

    [Fact]
    public async Task A_process_that_has_not_learnt_a_lane_looks_its_name_up()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await using var other = await JobsHost.StartAsync(stores, maintenance: false, beside: host);
        using var meters = Record(other);
        Dictionary<string, object?> lane = new() { ["task_type"] = "llm_chat", ["model_profile"] = "unknown there", ["priority"] = "low" };
        await other.CompleteAsync(await host.StartJobAsync(Job(JobPriority.Low, profile: "unknown there")));
        AssertOne(meters, "aiplatform.job.run.duration", "s", lane);
        AssertOne(meters, "aiplatform.job.total.duration", "s", new(lane) { ["status"] = "completed" });
    }

    [Fact]
    public async Task A_job_that_ends_without_a_worker_has_its_lane_and_priority()
    {
        await using var host = await JobsHost.StartAsync(stores);
        await using var other = await JobsHost.StartAsync(stores, maintenance: false, beside: host);
        using var meters = Record(host);
        var late = await other.SubmitAsync(Job(JobPriority.High, profile: "late") with { Deadline = DateTimeOffset.Parse("2020-01-01T00:00:00Z", null) });
        await other.Queue.WaitAsync(JobScope.All, late, TimeSpan.FromSeconds(30), Ct);
        await host.Queue.CancelAsync(JobScope.All, await other.SubmitAsync(Job(JobPriority.Low, profile: "called off")), Ct);
        await Eventually.That(() => Assert.Equal(
            ["called off low cancelled", "late high failed"],
            meters.Of("aiplatform.job.finished").Select(job => $"{job.Tags["model_profile"]} {job.Tags["priority"]} {job.Tags["status"]}").Order()), Ct);
    }

    [Fact]
    public async Task Halts_are_reported_by_their_scope()
    {
        await using var host = await JobsHost.StartAsync(stores);
        using var meters = Record(host);
        await host.Queue.PauseAsync(new QueueScope { TaskType = "a" }, Ct);
        await Eventually.That(() =>
        {
            meters.Observe();
            var halt = meters.Of("aiplatform.queue.halts")[^1];
            Assert.Equal((1, "{halt}", "paused", "a", "*"),
                (halt.Value, halt.Unit, halt.Tags["kind"], halt.Tags["task_type"], halt.Tags["model_profile"]));
        }, Ct);
    }

    [Fact]
    public async Task Every_maintenance_loop_is_timed_and_what_it_changed_is_counted()
    {
        await using var host = await JobsHost.StartAsync(stores);
        using var meters = Record(host);
        // Without the index the claim below would be given the job by Postgres, before the sweeper has it.
        await host.BuiltAsync();
        var delayed = await host.SubmitAsync(Job() with { RunAt = DateTimeOffset.Parse("2999-01-01T00:00:00Z", null) });
        await host.ExecuteAsync($"update job_open set run_at = now() where id = '{delayed}'");
        await host.Redis.SortedSetAddAsync(host.Get<QueueKeys>().Delayed, delayed.ToString(), 0);
        await host.ClaimOneAsync(waitSeconds: 30);
        await Eventually.That(() => Assert.Equal(1, meters.Sum("aiplatform.maintenance.changed", ("loop", "index_sweeper"))), Ct);
        await Eventually.That(() => Assert.Superset(
            new HashSet<object?> { "index_sweeper", "index_auditor", "submit_reconciler", "halt_keeper", "index_builder", "deadline_keeper", "queue_reporter", "tally_keeper", "lease_reaper" },
            meters.Of("aiplatform.maintenance.run.duration").Select(run => run.Tags["loop"]).ToHashSet()), Ct);
        Assert.All(meters.Of("aiplatform.maintenance.run.duration"), run => Assert.Equal(("s", false), (run.Unit, run.Tags.ContainsKey("error.type"))));
        Assert.All(meters.Of("aiplatform.maintenance.changed"), changed => Assert.Equal("{item}", changed.Unit));
    }

    [Fact]
    public async Task A_run_that_fails_says_so()
    {
        await using var host = await JobsHost.StartAsync(stores);
        using var meters = Record(host);
        await host.ExecuteAsync("alter table queue_halt rename to queue_halt_gone");
        await Eventually.That(() => Assert.Contains(
            meters.Of("aiplatform.maintenance.run.duration"),
            run => Equals(run.Tags["loop"], "halt_keeper") && Equals(run.Tags.GetValueOrDefault("error.type"), "Npgsql.PostgresException")), Ct);
    }

    static MeterRecorder Record(JobsHost host) => new(JobsTelemetry.Name, host.Get<IMeterFactory>());

    static void AssertOne(MeterRecorder meters, string instrument, string unit, Dictionary<string, object?> tags)
    {
        var measurement = Assert.Single(meters.Of(instrument));
        Assert.Equal(unit, measurement.Unit);
        Assert.Equal(tags.OrderBy(tag => tag.Key), measurement.Tags.OrderBy(tag => tag.Key));
        Assert.InRange(measurement.Value, unit == "{job}" ? 1 : 0, unit == "{job}" ? 1 : 30);
    }
}
