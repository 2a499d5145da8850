using AiPlatform.Contracts;
using AiPlatform.Testing;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

public sealed class WaitTests(Stores stores, QuietHost quiet) : IClassFixture<QuietHost>
{
    static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    /// <summary>Well below the time after which a waiter looks without having been rung; tried again where the machine is slower.</summary>
    static readonly TimeSpan Rung = TimeSpan.FromSeconds(3);

    JobsHost Host => quiet.Host;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Submit_and_wait_answers_the_result_as_soon_as_it_is_there()
    {
        await Eventually.That(async () =>
        {
            var job = Job(task: NewTask());
            var waiting = Host.Queue.SubmitAndWaitAsync(JobScope.All, job, Long, Ct);
            await Host.CompleteAsync(await Host.ClaimOneAsync(job.TaskType), """{"text":"hi"}""");

            var (outcome, view) = await waiting.WaitAsync(Rung, Ct);
            Assert.Equal(new SubmitOutcome(job.Id, SubmitResult.Created, view!.CreatedAt), outcome);
            Assert.Equal((JobStatus.Completed, """{"text":"hi"}"""), (view.Status, view.Result!.Value.GetRawText()));
        }, Ct);
    }

    [Fact]
    public async Task A_known_key_waits_for_the_first_job()
    {
        var job = Job(task: NewTask()) with { IdempotencyKey = "wait" };
        var claim = await Host.StartJobAsync(job);
        var waiting = Host.Queue.SubmitAndWaitAsync(JobScope.All, job with { Id = Guid.CreateVersion7() }, Long, Ct);
        await Host.CompleteAsync(claim);

        var (outcome, view) = await waiting;
        Assert.Equal(new SubmitOutcome(job.Id, SubmitResult.Known), outcome);
        Assert.Equal((job.Id, JobStatus.Completed), (view!.Id, view.Status));
    }

    [Fact]
    public async Task A_conflicting_key_waits_for_nothing()
    {
        var job = Job(task: NewTask()) with { IdempotencyKey = "wait-conflict" };
        await Host.SubmitAsync(job);
        var (outcome, view) = await Host.Queue.SubmitAndWaitAsync(JobScope.All, job with { Id = Guid.CreateVersion7(), MaxAttempts = 1 }, Long, Ct);
        Assert.Equal((SubmitResult.KeyConflict, null), (outcome.Result, view));
    }

    [Theory]
    [InlineData("complete", JobStatus.Completed)]
    [InlineData("fail", JobStatus.Failed)]
    [InlineData("cancel", JobStatus.Cancelled)]
    public async Task A_waiter_in_another_process_is_woken_by_every_end(string end, JobStatus status)
    {
        await using var other = await JobsHost.StartAsync(stores, maintenance: false, beside: Host);
        await Eventually.That(async () =>
        {
            var claim = await Host.StartJobAsync(Job(task: NewTask()));
            var waiting = other.Queue.WaitAsync(JobScope.All, claim.Id, Long, Ct);
            await Eventually.That(async () => Assert.Equal(1, await ListenersAsync(claim.Id)), Ct);
            await (end switch
            {
                "complete" => Host.CompleteAsync(claim),
                "fail" => Host.Queue.FailAsync(JobFence.Of(claim), new JobError("invalid_input", "No."), default, Ct),
                _ => Host.Queue.CancelAsync(JobScope.All, claim.Id, Ct),
            });
            Assert.Equal(status, (await waiting.WaitAsync(Rung, Ct))!.Status);
            await Eventually.That(async () => Assert.Equal(0, await ListenersAsync(claim.Id)), Ct);
        }, Ct);
    }

    [Fact]
    public async Task A_job_that_is_final_is_answered_at_once()
    {
        var claim = await Host.StartJobAsync(Job(task: NewTask()));
        await Host.CompleteAsync(claim);
        Assert.Equal(JobStatus.Completed, (await Host.Queue.WaitAsync(JobScope.All, claim.Id, TimeSpan.FromMinutes(5), Ct).WaitAsync(Long, Ct))!.Status);
    }

    [Fact]
    public async Task When_the_wait_is_over_the_job_is_answered_as_it_stands()
    {
        var claim = await Host.StartJobAsync(Job(task: NewTask()));
        Assert.Equal(JobStatus.Running, (await Host.Queue.WaitAsync(JobScope.All, claim.Id, TimeSpan.FromMilliseconds(100), Ct))!.Status);
        Assert.Equal(JobStatus.Running, (await Host.Queue.WaitAsync(JobScope.All, claim.Id, TimeSpan.Zero, Ct))!.Status);
    }

    [Fact]
    public async Task A_job_that_does_not_exist_is_not_waited_for() =>
        Assert.Null(await Host.Queue.WaitAsync(JobScope.All, Guid.CreateVersion7(), TimeSpan.FromMinutes(5), Ct).WaitAsync(Long, Ct));

    [Fact]
    public async Task A_waiter_that_gives_up_leaves_no_subscription()
    {
        var id = await Host.SubmitAsync(Job(task: NewTask()));
        using var gone = new CancellationTokenSource();
        var waiting = Host.Queue.WaitAsync(JobScope.All, id, Long, gone.Token);
        await Eventually.That(async () => Assert.Equal(1, await ListenersAsync(id)), Ct);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await Eventually.That(async () => Assert.Equal(0, await ListenersAsync(id)), Ct);
    }

    [Fact]
    public async Task A_claim_whose_caller_has_left_takes_nothing()
    {
        var job = Job(task: NewTask());
        await Host.SubmitAsync(job);
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();
        var request = new ClaimRequest("w", [job.TaskType], [], 1, Long, Long);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Host.Queue.ClaimAsync(request, gone.Token));
        Assert.Equal(job.Id, (await Host.ClaimOneAsync(job.TaskType, waitSeconds: 0)).Id);
    }

    [Fact]
    public async Task A_waiting_claim_ends_empty_when_its_time_is_over() =>
        Assert.Empty(await Host.ClaimAsync(task: NewTask(), waitSeconds: 0.1));

    async Task<long> ListenersAsync(Guid id)
    {
        var answer = (StackExchange.Redis.RedisResult[])(await Host.Redis.ExecuteAsync("PUBSUB", "NUMSUB", $"{{{Host.Schema}}}:bell:{id}"))!;
        return (long)answer[1];
    }
}
