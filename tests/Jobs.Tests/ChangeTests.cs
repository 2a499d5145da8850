using AiPlatform.Contracts;
using AiPlatform.Jobs.Store;
using AiPlatform.Testing;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

/// <summary>Cancel and retry. What they do to each status is proved by <see cref="JobLifecycleTests"/>; here is what else they promise.</summary>
public sealed class ChangeTests(Stores stores, QuietHost quiet) : IClassFixture<QuietHost>
{
    static readonly JobError Refused = new("provider_rejected", "The server answered 400.");

    JobsHost Host => quiet.Host;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_change_says_what_became_of_it()
    {
        var pending = await Host.SubmitAsync(Job(task: NewTask()));
        var completed = await Host.StartJobAsync(Job(task: NewTask()));
        await Host.CompleteAsync(completed);

        Assert.Equal(ChangeResult.NotFound, await Host.Queue.CancelAsync(JobScope.All, Guid.CreateVersion7(), Ct));
        Assert.Equal(ChangeResult.NotFound, await Host.Queue.RetryAsync(JobScope.All, Guid.CreateVersion7(), Ct));
        Assert.Equal(ChangeResult.NotAllowed, await Host.Queue.RetryAsync(JobScope.All, pending, Ct));
        Assert.Equal(ChangeResult.Changed, await Host.Queue.CancelAsync(JobScope.All, pending, Ct));
        Assert.Equal(ChangeResult.Unchanged, await Host.Queue.CancelAsync(JobScope.All, pending, Ct));
        Assert.Equal(ChangeResult.NotAllowed, await Host.Queue.RetryAsync(JobScope.All, pending, Ct));
        Assert.Equal(ChangeResult.NotAllowed, await Host.Queue.CancelAsync(JobScope.All, completed.Id, Ct));
        Assert.Equal(ChangeResult.NotAllowed, await Host.Queue.RetryAsync(JobScope.All, completed.Id, Ct));
    }

    [Fact]
    public async Task A_refused_retry_leaves_no_note_in_the_index()
    {
        var pending = await Host.SubmitAsync(Job(task: NewTask()));
        Assert.Equal(ChangeResult.NotAllowed, await Host.Queue.RetryAsync(JobScope.All, pending, Ct));
        Assert.Null(await Host.Redis.SortedSetScoreAsync($"{{{Host.Schema}}}:taken", $"{pending}"));
    }

    [Fact]
    public async Task A_cancelled_job_is_never_handed_out()
    {
        var task = NewTask();
        var cancelled = await Host.SubmitAsync(Job(task: task));
        var next = await Host.SubmitAsync(Job(task: task));
        await Host.Queue.CancelAsync(JobScope.All, cancelled, Ct);
        Assert.Equal(next, (await Host.ClaimOneAsync(task)).Id);
        Assert.Equal(JobStatus.Cancelled, (await Host.ReadAsync(cancelled)).Status);
    }

    [Fact]
    public async Task The_worker_of_a_cancelled_job_is_told_and_can_record_nothing()
    {
        var claim = await Host.StartJobAsync(Job(task: NewTask()));
        Assert.Equal(ChangeResult.Changed, await Host.Queue.CancelAsync(JobScope.All, claim.Id, Ct));

        Assert.Equal([new RenewOutcome(RenewResult.Cancelled, null)],
            await Host.Queue.RenewAsync([new Renewal(JobFence.Of(claim), TimeSpan.FromSeconds(30), null)], Ct));
        Assert.Equal(RecordResult.LeaseLost, await Host.Queue.CompleteAsync(JobFence.Of(claim), Json("1"), Ct));
        Assert.Equal(RecordResult.LeaseLost, await Host.Queue.FailAsync(JobFence.Of(claim), Refused, default, Ct));
        var job = await Host.ReadAsync(claim.Id);
        Assert.Equal((JobStatus.Cancelled, null, null), (job.Status, job.Result, job.Error));
    }

    [Theory]
    [InlineData("cancel")]
    [InlineData("retry")]
    public async Task Another_process_hears_within_a_second_that_its_job_was_stopped(string verb)
    {
        await using var worker = await JobsHost.StartAsync(stores, maintenance: false, beside: Host);
        var stopped = new TaskCompletionSource<Guid>(TaskCreationOptions.RunContinuationsAsynchronously);
        var claim = await worker.StartJobAsync(Job(task: NewTask()));
        worker.Queue.JobStopped += id =>
        {
            if (id == claim.Id)
            {
                stopped.TrySetResult(id);
            }
        };
        Assert.Equal(ChangeResult.Changed, verb == "cancel" ? await Host.Queue.CancelAsync(JobScope.All, claim.Id, Ct) : await Host.Queue.RetryAsync(JobScope.All, claim.Id, Ct));
        Assert.Equal(claim.Id, await stopped.Task.WaitAsync(TimeSpan.FromSeconds(60), Ct));
    }

    [Fact]
    public async Task A_retried_failed_job_begins_anew_at_the_end_of_the_line()
    {
        var task = NewTask();
        var claim = await Host.StartJobAsync(Job(task: task, attempts: 1));
        Assert.Equal(RecordResult.Recorded, await Host.Queue.FailAsync(JobFence.Of(claim), Refused, default, Ct));
        var other = await Host.SubmitAsync(Job(task: task));

        Assert.Equal(ChangeResult.Changed, await Host.Queue.RetryAsync(JobScope.All, claim.Id, Ct));
        var job = await Host.ReadAsync(claim.Id);
        Assert.Equal((JobStatus.Pending, 0, null, null), (job.Status, job.Attempt, job.Error, job.FinishedAt));
        var again = await Host.ClaimAsync(limit: 2, task: task);
        Assert.Equal([(other, 1), (claim.Id, 1)], again.Select(next => (next.Id, next.Attempt)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_deadline_that_passed_before_a_retry_does_not_end_the_next_run(bool hasRedis)
    {
        var task = NewTask();
        var claim = await Host.StartJobAsync(Job(task: task, attempts: 1) with { Deadline = TimeProvider.System.GetUtcNow().AddHours(1) });
        Assert.Equal(RecordResult.Recorded, await Host.Queue.FailAsync(JobFence.Of(claim), Refused, default, Ct));
        await Host.ExecuteAsync($"update job set deadline = now() - interval '1 s' where id = '{claim.Id}'");

        Assert.Equal(ChangeResult.Changed, await Host.Queue.RetryAsync(JobScope.All, claim.Id, Ct));
        var again = hasRedis
            ? await Host.ClaimOneAsync(task)
            : Assert.Single(await Host.Get<JobStore>().ClaimInOrderAsync(
                [.. Host.Get<LaneDirectory>().Serving([task], []).Select(lane => new LaneBound(lane, short.MaxValue))],
                "w", TimeSpan.FromMinutes(1), 1, TimeSpan.Zero, Ct)).Job;
        Assert.Equal((claim.Id, null), (again.Id, again.Deadline));
    }

    [Fact]
    public async Task A_running_job_is_taken_from_its_worker_by_a_retry_and_runs_next()
    {
        var task = NewTask();
        var claim = await Host.StartJobAsync(Job(task: task));
        await Host.SubmitAsync(Job(task: task));
        Assert.Equal(ChangeResult.Changed, await Host.Queue.RetryAsync(JobScope.All, claim.Id, Ct));

        Assert.Equal(RecordResult.LeaseLost, await Host.Queue.CompleteAsync(JobFence.Of(claim), Json("1"), Ct));
        Assert.Equal([new RenewOutcome(RenewResult.LeaseLost, null)],
            await Host.Queue.RenewAsync([new Renewal(JobFence.Of(claim), TimeSpan.FromSeconds(30), null)], Ct));
        var again = await Host.ClaimOneAsync(task);
        Assert.Equal((claim.Id, 1), (again.Id, again.Attempt));
    }

    [Fact]
    public async Task More_than_a_thousand_jobs_are_cancelled_and_none_that_does_not_match()
    {
        var task = NewTask();
        var jobs = Enumerable.Range(0, 2_300).Select(i => Job(task: task, owner: i % 23 == 0 ? "kept" : "gone")).ToArray();
        await Host.Queue.SubmitAsync(jobs, Ct);
        var running = await Host.ClaimAsync(limit: 10, task: task);

        Assert.Equal(2_200, await Host.Queue.CancelAsync(JobScope.All, new JobFilter { TaskType = task, OwnerService = "gone" }, Ct));
        Assert.Equal(0, await Host.Queue.CancelAsync(JobScope.All, new JobFilter { TaskType = task, OwnerService = "gone" }, Ct));
        Assert.Equal(100 - running.Count(job => job.OwnerService == "kept"), (await Host.ClaimAsync(limit: 1_000, task: task)).Count);
    }

    [Fact]
    public async Task A_retry_by_filter_takes_failed_jobs_and_running_ones_only_when_named()
    {
        var task = NewTask();
        await Host.Queue.SubmitAsync([.. Enumerable.Range(0, 1_203).Select(_ => Job(task: task))], Ct);
        var claimed = await Host.ClaimAsync(limit: 1_203, task: task);
        await Task.WhenAll(claimed.Take(1_200).Select(claim => Host.Queue.FailAsync(JobFence.Of(claim), Refused, default, Ct)));

        Assert.Equal(1_200, await Host.Queue.RetryAsync(JobScope.All, new JobFilter { TaskType = task }, Ct));
        Assert.Equal(0, await Host.Queue.RetryAsync(JobScope.All, new JobFilter { TaskType = task, Status = JobStatus.Pending }, Ct));
        Assert.Equal(0, await Host.Queue.RetryAsync(JobScope.All, new JobFilter { TaskType = task, ErrorCategory = "provider_rejected" }, Ct));
        Assert.Equal(3, await Host.Queue.RetryAsync(JobScope.All, new JobFilter { TaskType = task, Status = JobStatus.Running }, Ct));
        Assert.Equal(1_203, (await Host.ClaimAsync(limit: 2_000, task: task)).Count);
    }

    [Fact]
    public async Task Renewals_answer_each_in_its_place()
    {
        var mine = await Host.StartJobAsync(Job(task: NewTask()));
        var cancelled = await Host.StartJobAsync(Job(task: NewTask()));
        await Host.Queue.CancelAsync(JobScope.All, cancelled.Id, Ct);
        var lease = TimeSpan.FromSeconds(30);

        JobFence[] fences = [JobFence.Of(cancelled), new(mine.Id, Guid.NewGuid()), JobFence.Of(mine)];
        var outcomes = await Host.Queue.RenewAsync([.. fences.Select(fence => new Renewal(fence, lease, null))], Ct);
        Assert.Equal([RenewResult.Cancelled, RenewResult.LeaseLost, RenewResult.Renewed], outcomes.Select(outcome => outcome.Result));
    }
}
