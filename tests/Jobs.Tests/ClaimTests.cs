using AiPlatform.Contracts;
using AiPlatform.Jobs.Index;
using AiPlatform.Jobs.Store;
using AiPlatform.Testing;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

/// <summary>Who gets what and in which order, by the index and, without Redis, from Postgres.</summary>
public abstract class ClaimTests(Stores stores, bool byIndex)
{
    static readonly Dictionary<string, JobPriority> Normal = new() { ["full"] = JobPriority.Normal };

    protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Jobs_start_by_priority_and_then_in_the_order_of_submission_over_all_lanes()
    {
        await using var host = await StartAsync();
        var low = await host.SubmitAsync(Job(JobPriority.Low));
        var normal = await host.SubmitAsync(Job(profile: "a"));
        var high = await host.SubmitAsync(Job(JobPriority.High, profile: "b"));
        var normalLater = await host.SubmitAsync(Job(profile: "c"));

        var claimed = await host.ClaimAsync(limit: 10);
        Assert.Equal([high, normal, normalLater, low], claimed.Select(job => job.Id));
    }

    [Fact]
    public async Task A_worker_gets_only_its_task_types_and_profiles()
    {
        await using var host = await StartAsync();
        await host.SubmitAsync(Job(task: "transcription"));
        await host.SubmitAsync(Job(profile: "other"));
        var mine = await host.SubmitAsync(Job(profile: "mine"));

        var claimed = await host.Queue.ClaimAsync(new ClaimRequest("w", ["llm_chat"], ["mine"], 10, TimeSpan.FromSeconds(30), TimeSpan.Zero), Ct);
        Assert.Equal([mine], claimed.Select(job => job.Id));
    }

    [Fact]
    public async Task A_claim_takes_of_each_profile_only_what_the_worker_has_room_for()
    {
        await using var host = await StartAsync();
        var low = await host.SubmitAsync(Job(JobPriority.Low, profile: "free"));
        await host.SubmitAsync(Job(JobPriority.Low, profile: "full"));
        var normal = await host.SubmitAsync(Job(profile: "full"));
        var urgent = await host.SubmitAsync(Job(JobPriority.High, profile: "full"));
        var request = new ClaimRequest(
            "w", ["llm_chat"], [], 10, TimeSpan.FromSeconds(30), TimeSpan.Zero, Lowest: new Dictionary<string, JobPriority> { ["full"] = JobPriority.High });

        Assert.Equal([urgent, low], (await host.Queue.ClaimAsync(request, Ct)).Select(job => job.Id));
        Assert.Empty(await host.Queue.ClaimAsync(request, Ct));
        Assert.Empty(await host.Queue.ClaimAsync(request with { Lowest = Normal, Above = JobPriority.Normal }, Ct));
        Assert.Equal([normal], (await host.Queue.ClaimAsync(request with { Lowest = Normal }, Ct)).Select(job => job.Id));
    }

    [Fact]
    public async Task A_waiting_claim_ends_when_what_the_worker_can_start_has_changed()
    {
        await using var host = await StartAsync();
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var waiting = host.Queue.ClaimAsync(
            new ClaimRequest("w", ["llm_chat"], [], 1, TimeSpan.FromSeconds(30), TimeSpan.FromHours(1), Until: changed.Task), Ct);

        changed.SetResult();

        Assert.Empty(await waiting);
    }

    [Fact]
    public async Task A_waiting_claim_is_woken_by_a_lane_nobody_knew()
    {
        await using var host = await StartAsync();
        await using var other = await StartAsync(beside: host);
        var waiting = host.ClaimAsync(waitSeconds: 30);
        var id = await other.SubmitAsync(Job(profile: $"new-{Guid.NewGuid():N}"));
        Assert.Equal([id], (await waiting).Select(job => job.Id));
    }

    [Fact]
    public async Task Work_wakes_only_those_who_serve_its_lane()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await host.BuildEmptyAsync();
        await host.SubmitAsync(Job(task: "mine"));
        await host.SubmitAsync(Job(task: "other"));
        var (bell, lanes) = (host.Get<JobBell>(), host.Get<LaneDirectory>());
        // Again where the sign of the first job of all was still on its way.
        await Eventually.That(
            async () =>
            {
                using var idle = bell.ListenForWork(lanes.Serving(["mine"], []), lanes.Highest);
                // Twice: when the second sign is heard, everybody has heard the first.
                for (var round = 0; round < 2; round++)
                {
                    using var other = bell.ListenForWork(lanes.Serving(["other"], []), lanes.Highest);
                    await host.SubmitAsync(Job(task: "other"));
                    await other.Heard.WaitAsync(TimeSpan.FromSeconds(30), Ct);
                }
                Assert.False(idle.Heard.IsCompleted);
            },
            Ct);
        using var mine = bell.ListenForWork(lanes.Serving(["mine"], []), lanes.Highest);
        await host.SubmitAsync(Job(task: "mine"));
        await mine.Heard.WaitAsync(TimeSpan.FromSeconds(30), Ct);
    }

    [Fact]
    public async Task A_claim_that_is_woken_in_vain_leaves_no_timer_behind()
    {
        var timers = new TimerRecorder(TimeSpan.FromSeconds(5));
        await using var host = await JobsHost.StartAsync(stores, maintenance: false, time: timers);
        await host.BuildEmptyAsync();
        var waiting = host.ClaimAsync(waitSeconds: 60);
        for (var looks = 1; looks <= 10; looks++)
        {
            await Eventually.That(() => Assert.True(timers.Made >= looks), Ct);
            await host.Redis.PublishAsync(host.Get<QueueKeys>().Wake, "resumed");
        }
        await Eventually.That(() => Assert.InRange(timers.Open, 0, 1), Ct);
        var id = await host.SubmitAsync();
        Assert.Equal([id], (await waiting).Select(claim => claim.Id));
    }

    [Fact]
    public async Task A_claim_carries_everything_the_worker_needs()
    {
        await using var host = await StartAsync();
        var job = Job() with
        {
            TenantId = "acme",
            OwnerRef = "call/7",
            Input = Json("""{"messages":[{"role":"user","content":"hi"}]}"""),
            Traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            Deadline = DateTimeOffset.Parse("2100-01-01T00:00:00Z", null),
        };
        await host.SubmitAsync(job);
        var claim = await host.ClaimOneAsync();
        Assert.Equal(
            (job.Id, "acme", "tests", "call/7", JobPriority.Normal, JobStatus.Running, 1, 3, job.Traceparent, job.Deadline, "worker-1"),
            (claim.Id, claim.TenantId, claim.OwnerService, claim.OwnerRef, claim.Priority, claim.Status, claim.Attempt, claim.MaxAttempts,
                claim.Traceparent, claim.Deadline, claim.WorkerId));
        Assert.Equal(job.Input.GetRawText(), claim.Input!.Value.GetRawText());
    }

    [Fact]
    public async Task A_job_with_a_run_at_starts_no_earlier_and_then_by_itself()
    {
        await using var host = await StartAsync();
        var runAt = (await host.QueryAsync("select now() + interval '1 second'", row => row.GetFieldValue<DateTimeOffset>(0)))[0];
        await host.SubmitAsync(Job() with { RunAt = runAt });
        var claim = (await host.ClaimAsync()).SingleOrDefault() ?? await host.ClaimOneAsync(waitSeconds: 30);
        Assert.True(claim.StartedAt >= runAt, $"{claim.StartedAt:O} is before {runAt:O}");
    }

    [Fact]
    public async Task A_job_is_never_started_after_its_deadline()
    {
        await using var host = await StartAsync();
        var id = await host.SubmitAsync(Job() with { Deadline = DateTimeOffset.Parse("2020-01-01T00:00:00Z", null) });
        Assert.Empty(await host.ClaimAsync());
        var job = await host.Queue.WaitAsync(JobScope.All, id, TimeSpan.FromSeconds(30), Ct);
        Assert.Equal((JobStatus.Failed, new JobError("deadline_exceeded", "The deadline 2020-01-01T00:00:00Z passed before it could be started."), 0),
            (job!.Status, job.Error, job.Attempt));
    }

    [Fact]
    public async Task A_job_that_nobody_asks_for_fails_as_its_deadline_passes()
    {
        await using var host = await StartAsync();
        var now = (await host.QueryAsync("select now()", row => row.GetFieldValue<DateTimeOffset>(0)))[0];
        var id = await host.SubmitAsync(Job() with { Deadline = now.AddSeconds(1) });

        var job = await host.Queue.WaitAsync(JobScope.All, id, TimeSpan.FromSeconds(30), Ct);

        Assert.Equal((JobStatus.Failed, "deadline_exceeded", 0), (job!.Status, job.Error?.Category, job.Attempt));
        Assert.True(job.FinishedAt >= job.Deadline);
    }

    [Fact]
    public async Task Many_workers_drain_many_jobs_once_each_in_order_of_priority()
    {
        await using var host = await StartAsync();
        JobPriority[] priorities = [JobPriority.High, JobPriority.Normal, JobPriority.Low];
        var jobs = Enumerable.Range(0, 600).Select(i => Job(priorities[i % 3], profile: $"p{i % 5}")).ToArray();
        await host.Queue.SubmitAsync(jobs, Ct);

        var (started, lowest) = (new List<ClaimedJob>(), JobPriority.High);
        // Rounds of claims side by side: what one of them was handed may start after what others were handed later, however much later.
        while (started.Count < jobs.Length)
        {
            var round = (await Task.WhenAll(Enumerable.Range(0, 6).Select(async worker =>
            {
                var claimed = await host.ClaimAsync(limit: 7, worker: $"w{worker}", waitSeconds: 1);
                await Task.WhenAll(claimed.Select(claim => host.CompleteAsync(claim)));
                return claimed;
            }))).SelectMany(claimed => claimed).ToArray();
            Assert.All(round, claim => Assert.True(claim.Priority >= lowest, $"{lowest} started in an earlier round than {claim.Priority}"));
            lowest = round.Select(claim => claim.Priority).Append(lowest).Max();
            started.AddRange(round);
        }

        Assert.Equal(jobs.Select(job => job.Id).Order(), started.Select(job => job.Id).Order());
    }

    [Fact]
    public async Task A_paused_queue_starts_nothing_until_it_is_resumed()
    {
        await using var host = await StartAsync();
        await host.Queue.PauseAsync(Ct);
        var id = await host.SubmitAsync();
        Assert.Empty(await host.ClaimAsync(waitSeconds: 0.2));
        Assert.True((await host.Queue.StatsAsync(JobScope.All, Ct)).Paused);

        var waiting = host.ClaimAsync(waitSeconds: 30);
        await host.Queue.ResumeAsync(Ct);
        Assert.Equal([id], (await waiting).Select(job => job.Id));
    }

    Task<JobsHost> StartAsync(JobsHost? beside = null, Action<JobsOptions>? configure = null) =>
        JobsHost.StartOnPathAsync(stores, byIndex, beside, configure);
}

public sealed class ClaimByIndexTests(Stores stores) : ClaimTests(stores, byIndex: true)
{
    readonly Stores _stores = stores;

    [Fact]
    public async Task A_paused_queue_starts_nothing_though_the_index_has_not_heard_of_it()
    {
        await using var host = await JobsHost.StartAsync(_stores, maintenance: false);
        await host.BuildEmptyAsync();
        await host.SubmitAsync();
        await host.SubmitAsync(Job(profile: "other"));
        await host.Get<JobStore>().HaltAsync(HaltKind.Paused, new LaneKey("llm_chat", "other"), actor: null, Ct);
        Assert.Equal("default", Assert.Single(await host.ClaimAsync(limit: 5)).ModelProfile);

        await host.SubmitAsync();
        await host.Get<JobStore>().HaltAsync(HaltKind.Paused, new LaneKey("*", "*"), actor: null, Ct);
        Assert.Empty(await host.ClaimAsync(limit: 5));
    }
}

public sealed class ClaimFromPostgresTests(Stores stores) : ClaimTests(stores, byIndex: false);
