using System.Diagnostics.Metrics;
using AiPlatform.Contracts;
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
        AssertOne(meters, "aiplatform.job.run.duration", "s", lane);
        AssertOne(meters, "aiplatform.job.total.duration", "s", new(lane) { ["status"] = "completed" });
        AssertOne(meters, "aiplatform.job.finished", "{job}", new(lane) { ["status"] = "completed" });
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
            new() { ["task_type"] = "llm_chat", ["model_profile"] = "default", ["status"] = "failed", ["error.category"] = tag });
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

    static MeterRecorder Record(JobsHost host) => new(JobsTelemetry.Name, host.Get<IMeterFactory>());

    static void AssertOne(MeterRecorder meters, string instrument, string unit, Dictionary<string, object?> tags)
    {
        var measurement = Assert.Single(meters.Of(instrument));
        Assert.Equal(unit, measurement.Unit);
        Assert.Equal(tags.OrderBy(tag => tag.Key), measurement.Tags.OrderBy(tag => tag.Key));
        Assert.InRange(measurement.Value, unit == "{job}" ? 1 : 0, unit == "{job}" ? 1 : 30);
    }
}
