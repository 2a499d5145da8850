using AiPlatform.Contracts;
using AiPlatform.Testing;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

/// <summary>Claims above a priority, and jobs given back for one: what a worker with all slots busy needs of the queue.</summary>
public sealed class PreemptTests(Stores stores, QuietHost quiet) : IClassFixture<QuietHost>
{
    JobsHost Host => quiet.Host;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_claim_above_a_priority_gets_only_higher_ones()
    {
        var task = NewTask();
        var low = await Host.SubmitAsync(Job(JobPriority.Low, task));
        var normal = await Host.SubmitAsync(Job(JobPriority.Normal, task, "a"));
        var high = await Host.SubmitAsync(Job(JobPriority.High, task, "b"));

        Assert.Equal([high], await AboveAsync(Host, JobPriority.Normal, task));
        Assert.Empty(await AboveAsync(Host, JobPriority.Normal, task));
        Assert.Equal([normal], await AboveAsync(Host, JobPriority.Low, task));
        Assert.Empty(await AboveAsync(Host, JobPriority.Low, task));
        Assert.Equal([low], (await Host.ClaimAsync(10, task: task)).Select(job => job.Id));
    }

    [Fact]
    public async Task One_waiting_job_is_claimed_by_one_of_many_busy_workers()
    {
        var task = NewTask();
        await Host.SubmitAsync(Job(JobPriority.Low, task));
        var high = await Host.SubmitAsync(Job(JobPriority.High, task));

        var claimed = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => AboveAsync(Host, JobPriority.Low, task)));

        Assert.Equal([high], claimed.SelectMany(ids => ids));
    }

    [Fact]
    public async Task Nothing_is_claimed_above_a_priority_while_the_queue_is_paused()
    {
        await using var host = await JobsHost.StartAsync(stores);
        await host.BuiltAsync();
        var high = await host.SubmitAsync(Job(JobPriority.High));
        await host.Queue.PauseAsync(Ct);
        Assert.Empty(await AboveAsync(host, JobPriority.Low, "llm_chat"));
        await host.Queue.ResumeAsync(Ct);
        // What the keeper of halts has read before may reach Redis after the lift, and stands there until its next look.
        await Eventually.That(async () => Assert.Equal([high], await AboveAsync(host, JobPriority.Low, "llm_chat")), Ct);
    }

    [Fact]
    public async Task Without_an_index_a_job_is_left_to_free_workers_until_each_has_looked()
    {
        await using var host = await JobsHost.StartAsync(
            stores, maintenance: false, configure: options => options.PollInterval = TimeSpan.FromMinutes(1));
        await host.SubmitAsync(Job(JobPriority.Low));
        var early = await host.SubmitAsync(Job(JobPriority.High));
        var late = await host.SubmitAsync(Job(JobPriority.High));
        Assert.Empty(await AboveAsync(host, JobPriority.Low, "llm_chat"));

        await host.ExecuteAsync($"update job_open set run_at = run_at - interval '1 minute' where id <> '{late}'");

        Assert.Equal([early], await AboveAsync(host, JobPriority.Low, "llm_chat"));
        Assert.Empty(await AboveAsync(host, JobPriority.Low, "llm_chat"));
        Assert.Equal(late, (await host.ClaimAsync())[0].Id);
    }

    [Fact]
    public async Task A_preempted_job_goes_back_to_its_place_with_its_attempt_and_the_count()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await host.BuildEmptyAsync();
        using var meters = new MeterRecorder(JobsTelemetry.Name, host.Get<System.Diagnostics.Metrics.IMeterFactory>());
        var first = await host.StartJobAsync(Job(JobPriority.Low, attempts: 1));
        var later = await host.SubmitAsync(Job(JobPriority.Low));

        Assert.Equal(RecordResult.Requeued, await host.Queue.PreemptAsync(first, Ct));

        Assert.Equal((JobStatus.Pending, 0, 1L), ((await host.ReadAsync(first.Id)).Status, (await host.ReadAsync(first.Id)).Attempt, (await host.ReadAsync(first.Id)).Position));
        var again = await host.ClaimOneAsync();
        Assert.Equal((first.Id, 1, 0, 1), (again.Id, again.Attempt, first.Preemptions, again.Preemptions));
        Assert.Equal(later, (await host.ClaimOneAsync()).Id);
        Assert.Equal(
            ("{job}", 1.0, "llm_chat", "default", "low"),
            meters.Of("aiplatform.job.preempted").Select(one => (
                one.Unit!, one.Value, (string)one.Tags["task_type"]!, (string)one.Tags["model_profile"]!, (string)one.Tags["priority"]!)).Single());
    }

    [Fact]
    public async Task Only_preemptions_are_counted()
    {
        var task = NewTask();
        var first = await Host.StartJobAsync(Job(JobPriority.Low, task));
        await Host.Queue.ReleaseAsync([JobFence.Of(first)], Ct);
        Assert.Equal(0, (await Host.ClaimOneAsync(task)).Preemptions);
    }

    [Fact]
    public async Task A_stale_fence_preempts_nothing_and_a_repeated_call_is_known()
    {
        var task = NewTask();
        var first = await Host.StartJobAsync(Job(JobPriority.Low, task));
        Assert.Equal(RecordResult.Requeued, await Host.Queue.PreemptAsync(first, Ct));
        Assert.Equal(RecordResult.Requeued, await Host.Queue.PreemptAsync(first, Ct));
        var second = await Host.ClaimOneAsync(task);

        Assert.Equal(RecordResult.LeaseLost, await Host.Queue.PreemptAsync(first, Ct));

        Assert.Equal((JobStatus.Running, 1), ((await Host.ReadAsync(first.Id)).Status, second.Preemptions));
    }

    [Fact]
    public async Task The_count_survives_a_lost_lease_and_starts_anew_with_a_retry()
    {
        var task = NewTask();
        await Host.Queue.PreemptAsync(await Host.StartJobAsync(Job(JobPriority.Low, task, attempts: 1)), Ct);
        var second = await Host.ClaimOneAsync(task);
        await Host.Queue.RetryAsync(JobScope.All, second.Id, Ct);
        var third = await Host.ClaimOneAsync(task);
        Assert.Equal(1, third.Preemptions);

        await Host.Queue.FailAsync(JobFence.Of(third), new JobError("provider_rejected", "no"), default, Ct);
        await Host.Queue.RetryAsync(JobScope.All, second.Id, Ct);
        Assert.Equal(0, (await Host.ClaimOneAsync(task)).Preemptions);
    }

    static async Task<IEnumerable<Guid>> AboveAsync(JobsHost host, JobPriority priority, string task) => (await host.Queue.ClaimAsync(
        new ClaimRequest("busy", [task], [], 1, TimeSpan.FromSeconds(30), TimeSpan.Zero, priority), Ct)).Select(job => job.Id);
}
