using System.Diagnostics.Metrics;
using AiPlatform.Contracts;
using AiPlatform.Jobs.Index;
using AiPlatform.Jobs.Batching;
using AiPlatform.Jobs.Store;
using AiPlatform.Testing;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

/// <summary>A process that dies between Redis and Postgres leaves nothing behind that is not found within ten seconds. The processes that "die" here
/// are hosts that do the first half and not the second.</summary>
public sealed class HandoffTests(Stores stores)
{
    /// <summary>Three times what is promised, for machines that are busy; far less than the next build of the whole index.</summary>
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_id_that_was_handed_out_and_never_claimed_comes_back()
    {
        await using var host = await JobsHost.StartAsync(stores);
        using var meters = new MeterRecorder(JobsTelemetry.Name, host.Get<IMeterFactory>());
        await host.BuiltAsync();
        var ids = new[] { await host.SubmitAsync(), await host.SubmitAsync() };
        var (lanes, index) = (host.Get<LaneDirectory>(), host.Get<ReadyIndex>());
        Assert.Equal(ids, (await index.TakeAsync([.. lanes.Serving(["llm_chat"], []).Select(lane => new LaneBound(lane, short.MaxValue))], lanes.Highest, 10)).Ids);
        Assert.Empty(await host.ClaimAsync(limit: 2));

        await AssertStartsAsync(host, ids[0]);
        await AssertStartsAsync(host, ids[1]);
        // Counted after the ring that wakes the claim.
        await Eventually.That(() => Assert.Equal(2, meters.Sum("aiplatform.handoff.recovered")), Ct);
    }

    [Fact]
    public async Task A_job_that_was_committed_and_never_shown_is_found()
    {
        await using var host = await JobsHost.StartAsync(stores);
        using var meters = new MeterRecorder(JobsTelemetry.Name, host.Get<IMeterFactory>());
        await host.BuiltAsync();
        var job = Job(profile: "a lane nobody knew");
        await host.Get<JobStore>().SubmitEachAsync([job], Ct);
        await AssertStartsAsync(host, job.Id);
        await Eventually.That(() => Assert.Equal(1, meters.Sum("aiplatform.handoff.recovered")), Ct);
    }

    [Fact]
    public async Task A_retry_that_was_committed_and_never_shown_is_found_however_old_the_job_is()
    {
        await using var host = await JobsHost.StartAsync(stores);
        await host.BuiltAsync();
        var old = Old();
        var claim = await host.StartJobAsync(old);
        await host.Queue.FailAsync(JobFence.Of(claim), new JobError("invalid_input", "no"), default, Ct);

        await host.Get<ReadyIndex>().AnnounceAsync([old.Id]);
        await host.Get<JobStore>().RetryAsync([old.Id], alsoRunning: false, Ct);
        await AssertStartsAsync(host, old.Id);
    }

    [Fact]
    public async Task A_retried_job_is_found_that_the_end_of_its_failed_run_has_hidden_later()
    {
        await using var host = await JobsHost.StartAsync(stores);
        await host.BuiltAsync();
        var claim = await host.StartJobAsync(Old());
        var failed = (await host.Get<JobStore>().FailAsync([new Failure(JobFence.Of(claim), new JobError("invalid_input", "no"), Retry: false, null)], Ct))[0];

        // The process that recorded the failure says so to Redis only when another one has retried the job.
        Assert.Equal(ChangeResult.Changed, await host.Queue.RetryAsync(JobScope.All, claim.Id, Ct));
        await host.Get<ReadyIndex>().FinishFailedAsync([(failed.Id, failed.Lane)]);
        await AssertStartsAsync(host, claim.Id);
    }

    [Fact]
    public async Task A_failed_job_leaves_nothing_in_the_index()
    {
        await using var host = await JobsHost.StartAsync(stores);
        await host.BuiltAsync();
        var claim = await host.StartJobAsync(Job());
        await host.Queue.FailAsync(JobFence.Of(claim), new JobError("invalid_input", "no"), default, Ct);
        await Eventually.That(async () => Assert.False(await host.Redis.KeyExistsAsync(host.Get<QueueKeys>().Taken)), Ct);
    }

    [Theory]
    [InlineData("release")]
    [InlineData("fail")]
    public async Task A_job_given_back_and_never_shown_is_found(string verb)
    {
        await using var host = await JobsHost.StartAsync(stores);
        await host.BuiltAsync();
        var claim = await host.StartJobAsync(Job());
        var fence = JobFence.Of(claim);
        await (verb == "release"
            ? host.Get<JobStore>().ReleaseAsync([fence], preempted: false, TimeSpan.Zero, Ct)
            : (Task)host.Get<JobStore>().FailAsync([new Failure(fence, new JobError("provider_error", "no"), Retry: true, TimeSpan.Zero)], Ct));
        await AssertStartsAsync(host, claim.Id);
    }

    /// <summary>Its id says so.</summary>
    static NewJob Old() => Job() with { Id = Guid.CreateVersion7(DateTimeOffset.Parse("2026-01-01T00:00:00Z", null)) };

    static async Task AssertStartsAsync(JobsHost host, Guid id)
    {
        var request = new ClaimRequest("w", ["llm_chat"], [], 1, TimeSpan.FromSeconds(30), Limit);
        Assert.Equal([id], (await host.Queue.ClaimAsync(request, Ct)).Select(claim => claim.Id));
    }
}
