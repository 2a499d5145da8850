using AiPlatform.Contracts;
using AiPlatform.Testing;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

/// <summary>What a lease and its fence allow, with claims by the index and, without Redis, from Postgres.</summary>
public abstract class LeaseTests(Stores stores, bool byIndex)
{
    protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_claimed_job_is_completed_by_its_fence_once()
    {
        await using var host = await StartAsync();
        var id = await host.SubmitAsync();
        var claim = await host.ClaimOneAsync();

        Assert.Equal(RecordResult.Recorded, await host.Queue.CompleteAsync(JobFence.Of(claim), Json("""{"a":1}"""), Ct));
        Assert.Equal(RecordResult.Recorded, await host.Queue.CompleteAsync(JobFence.Of(claim), Json("""{"a":2}"""), Ct));

        var job = await host.ReadAsync(id);
        Assert.Equal((JobStatus.Completed, 1, """{"a":1}"""), (job.Status, job.Attempt, job.Result!.Value.GetRawText()));
        Assert.Equal("worker-1", job.WorkerId);
    }

    [Fact]
    public async Task An_attempt_that_lost_its_lease_cannot_finish_the_job()
    {
        await using var host = await StartAsync();
        var id = await host.SubmitAsync();
        var first = await host.ClaimOneAsync(leaseSeconds: 0.1);
        var second = await host.ClaimOneAsync(waitSeconds: 30);

        Assert.Equal(id, second.Id);
        Assert.NotEqual(first.LeaseToken, second.LeaseToken);
        Assert.Equal(RecordResult.LeaseLost, await host.Queue.CompleteAsync(JobFence.Of(first), Json("1"), Ct));
        Assert.Equal(RecordResult.LeaseLost, await host.Queue.FailAsync(JobFence.Of(first), new JobError("worker_error", "late"), default, Ct));
        Assert.Equal([new RenewOutcome(RenewResult.LeaseLost, null)],
            await host.Queue.RenewAsync([new Renewal(JobFence.Of(first), TimeSpan.FromSeconds(30), null)], Ct));
        Assert.Equal(RecordResult.Recorded, await host.Queue.CompleteAsync(JobFence.Of(second), Json("2"), Ct));
        Assert.Equal("2", (await host.ReadAsync(id)).Result!.Value.GetRawText());
    }

    [Fact]
    public async Task A_lost_lease_does_not_spend_an_attempt()
    {
        await using var host = await StartAsync();
        await host.SubmitAsync(Job(attempts: 1));
        await host.ClaimOneAsync(leaseSeconds: 0.1);
        var again = await host.ClaimOneAsync(waitSeconds: 30);
        Assert.Equal(1, again.Attempt);
    }

    [Fact]
    public async Task A_job_that_keeps_losing_its_lease_is_failed_instead_of_run_again()
    {
        await using var host = await StartAsync(configure: options => options.MaxRescues = 1);
        var id = await host.SubmitAsync();
        await host.ClaimOneAsync(leaseSeconds: 0.1);
        await host.ClaimOneAsync(waitSeconds: 30, leaseSeconds: 0.1);

        var job = await host.Queue.WaitAsync(JobScope.All, id, TimeSpan.FromSeconds(30), Ct);
        Assert.Equal(JobStatus.Failed, job!.Status);
        Assert.Equal(
            new JobError("lease_lost", "Its workers stopped renewing the lease 2 times, the last one worker-1. It was not run again: look for what ended them, "
                + "then retry it."), job.Error);
    }

    [Fact]
    public async Task A_renewed_lease_holds_and_shows_progress()
    {
        await using var host = await StartAsync();
        var id = await host.SubmitAsync();
        var claim = await host.ClaimOneAsync(leaseSeconds: 60);
        var renewal = new Renewal(JobFence.Of(claim), TimeSpan.FromMinutes(10), Json("""{"done":3}"""));
        var outcome = Assert.Single(await host.Queue.RenewAsync([renewal], Ct));

        Assert.Equal(RenewResult.Renewed, outcome.Result);
        Assert.True(outcome.LeaseUntil > claim.LeaseExpiresAt + TimeSpan.FromMinutes(9));
        var job = await host.ReadAsync(id);
        Assert.Equal("""{"done":3}""", job.Progress!.Value.GetRawText());
        Assert.Equal(outcome.LeaseUntil, job.LeaseExpiresAt);
    }

    [Fact]
    public async Task A_released_job_goes_back_to_its_place_without_spending_an_attempt()
    {
        await using var host = await StartAsync();
        var first = await host.SubmitAsync();
        await host.SubmitAsync();
        var claim = await host.ClaimOneAsync();
        Assert.Equal(first, claim.Id);

        await host.Queue.ReleaseAsync([JobFence.Of(claim)], Ct);

        var again = await host.ClaimOneAsync();
        Assert.Equal((first, 1), (again.Id, again.Attempt));
    }

    [Fact]
    public async Task A_job_that_is_released_for_a_while_lets_others_pass()
    {
        await using var host = await StartAsync();
        var first = await host.SubmitAsync();
        var second = await host.SubmitAsync();
        await host.Queue.ReleaseAsync([JobFence.Of(await host.ClaimOneAsync())], TimeSpan.FromHours(1), Ct);

        Assert.Equal(second, (await host.ClaimOneAsync()).Id);
        Assert.Equal(
            [(0, 0, true)],
            await host.QueryAsync(
                $"select state, attempt, run_at > now() + interval '50 minutes' from job_open where id = '{first}'",
                row => ((int)row.GetInt16(0), (int)row.GetInt16(1), row.GetBoolean(2))));
    }

    [Fact]
    public async Task A_failed_attempt_is_tried_again_until_attempts_are_spent()
    {
        await using var host = await StartAsync();
        var id = await host.SubmitAsync(Job(attempts: 2));
        var error = new JobError("provider_error", "The server answered 500.");

        var first = await host.ClaimOneAsync();
        Assert.Equal(RecordResult.Requeued, await host.Queue.FailAsync(JobFence.Of(first), error, default, Ct));
        Assert.Equal(RecordResult.Requeued, await host.Queue.FailAsync(JobFence.Of(first), error, default, Ct));
        Assert.Equal(error, (await host.ReadAsync(id)).Error);

        var second = await host.ClaimOneAsync(waitSeconds: 30);
        Assert.Equal(2, second.Attempt);
        Assert.Equal(RecordResult.Recorded, await host.Queue.FailAsync(JobFence.Of(second), error, default, Ct));
        Assert.Equal(RecordResult.Recorded, await host.Queue.FailAsync(JobFence.Of(second), error, default, Ct));

        var job = await host.ReadAsync(id);
        Assert.Equal((JobStatus.Failed, 2, error), (job.Status, job.Attempt, job.Error));
    }

    [Fact]
    public async Task A_failure_that_would_repeat_itself_is_final_at_once()
    {
        await using var host = await StartAsync();
        var id = await host.SubmitAsync();
        var claim = await host.ClaimOneAsync();
        Assert.Equal(RecordResult.Recorded,
            await host.Queue.FailAsync(JobFence.Of(claim), new JobError("invalid_input", "messages is missing."), default, Ct));
        Assert.Equal(JobStatus.Failed, (await host.ReadAsync(id)).Status);
    }

    Task<JobsHost> StartAsync(JobsHost? beside = null, Action<JobsOptions>? configure = null) =>
        JobsHost.StartOnPathAsync(stores, byIndex, beside, configure);
}

public sealed class LeaseByIndexTests(Stores stores) : LeaseTests(stores, byIndex: true);

public sealed class LeaseFromPostgresTests(Stores stores) : LeaseTests(stores, byIndex: false);
