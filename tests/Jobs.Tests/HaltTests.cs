using AiPlatform.Contracts;
using AiPlatform.Testing;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

/// <summary>Pause and stop, of everything and of parts: what they keep from starting, and what ends them.</summary>
public sealed class HaltTests(Stores stores, QuietHost quiet) : IClassFixture<QuietHost>
{
    readonly JobsHost _host = quiet.Host;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(HaltKind.Paused, true, false, "b x, b y")]
    [InlineData(HaltKind.Paused, false, true, "a y, b y")]
    [InlineData(HaltKind.Stopped, true, true, "a y, b x, b y")]
    [InlineData(HaltKind.Stopped, false, false, "")]
    public async Task A_halt_keeps_the_jobs_of_its_scope_from_starting_and_no_others(HaltKind kind, bool ofTask, bool ofProfile, string started)
    {
        await using var host = await JobsHost.StartAsync(stores);
        var scope = new QueueScope { TaskType = ofTask ? "a" : null, ModelProfile = ofProfile ? "x" : "*" };
        await SetAsync(host, kind, scope);
        foreach (var (task, profile) in new[] { ("a", "x"), ("a", "y"), ("b", "x"), ("b", "y") })
        {
            await host.SubmitAsync(Job(task: task, profile: profile));
        }
        var claimed = await ClaimAsync(host, "a", "b");
        Assert.Equal(started, string.Join(", ", claimed.Select(job => $"{job.TaskType} {job.ModelProfile}")));

        await LiftAsync(host, kind, scope);
        // What the keeper of halts has read before may reach Redis after the lift, and stands there until its next look.
        await Eventually.That(async () =>
        {
            claimed = [.. claimed, .. await ClaimAsync(host, "a", "b")];
            Assert.Equal(4, claimed.Count);
        }, Ct);
    }

    [Theory]
    [InlineData(HaltKind.Paused)]
    [InlineData(HaltKind.Stopped)]
    public async Task What_runs_goes_on_and_a_job_that_is_given_back_waits(HaltKind kind)
    {
        var task = NewTask();
        var (done, back) = (await _host.StartJobAsync(Job(task: task)), await _host.StartJobAsync(Job(task: task)));
        await SetAsync(_host, kind, new QueueScope { TaskType = task });

        var renewal = new Renewal(JobFence.Of(done), TimeSpan.FromMinutes(1), null);
        Assert.Equal(RenewResult.Renewed, (await _host.Queue.RenewAsync([renewal], Ct))[0].Result);
        await _host.CompleteAsync(done);
        await _host.Queue.ReleaseAsync([JobFence.Of(back)], Ct);
        Assert.Empty(await _host.ClaimAsync(task: task));

        await LiftAsync(_host, kind, new QueueScope { TaskType = task });
        Assert.Equal(back.Id, (await _host.ClaimOneAsync(task)).Id);
    }

    [Fact]
    public async Task Neither_switch_undoes_the_other()
    {
        var task = NewTask();
        var scope = new QueueScope { TaskType = task };
        await _host.SubmitAsync(Job(task: task));
        await _host.Queue.PauseAsync(scope, Ct);
        await _host.Queue.StopAsync(scope, Ct);
        await _host.Queue.ResumeAsync(scope, Ct);
        Assert.Empty(await _host.ClaimAsync(task: task));
        Assert.Equal([HaltKind.Stopped], await KindsAsync(scope));

        await _host.Queue.PauseAsync(scope, Ct);
        await _host.Queue.StartAsync(scope, Ct);
        Assert.Empty(await _host.ClaimAsync(task: task));
        Assert.Equal([HaltKind.Paused], await KindsAsync(scope));

        await _host.Queue.ResumeAsync(scope, Ct);
        await _host.ClaimOneAsync(task);
    }

    [Fact]
    public async Task A_resume_ends_the_pauses_inside_its_scope_and_leaves_wider_ones()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        QueueScope all = new(), task = new() { TaskType = "a" }, profile = new() { ModelProfile = "x" };
        QueueScope lane = new() { TaskType = "a", ModelProfile = "x" };
        async Task<string> LeftAsync() =>
            string.Join(", ", (await host.Queue.HaltsAsync(Ct)).Select(halt => $"{halt.TaskType} {halt.ModelProfile}"));
        async Task PauseEachAsync()
        {
            foreach (var scope in new[] { all, task, profile, lane })
            {
                await host.Queue.PauseAsync(scope, Ct);
            }
        }

        await PauseEachAsync();
        await host.Queue.ResumeAsync(lane, Ct);
        Assert.Equal("* *, * x, a *", await LeftAsync());
        await PauseEachAsync();
        await host.Queue.ResumeAsync(task, Ct);
        Assert.Equal("* *, * x", await LeftAsync());
        await PauseEachAsync();
        await host.Queue.ResumeAsync(profile, Ct);
        Assert.Equal("* *, a *", await LeftAsync());
        await PauseEachAsync();
        await host.Queue.StopAsync(lane, Ct);
        await host.Queue.ResumeAsync(all, Ct);
        Assert.Equal("a x", await LeftAsync());
    }

    [Fact]
    public async Task A_pause_that_is_repeated_keeps_its_time_and_outlives_the_process()
    {
        await using (var first = await JobsHost.StartAsync(stores))
        {
            await first.Queue.PauseAsync(new QueueScope { TaskType = "a" }, Ct);
            var since = Assert.Single(await first.Queue.HaltsAsync(Ct)).Since;
            await first.Queue.PauseAsync(new QueueScope { TaskType = "a", ModelProfile = "*" }, Ct);
            Assert.Equal(since, Assert.Single(await first.Queue.HaltsAsync(Ct)).Since);

            await first.DisposeAsync();
            await using var second = await JobsHost.StartAsync(stores, schema: first.Schema);
            await second.BuiltAsync();
            await second.SubmitAsync(Job(task: "a"));
            Assert.Empty(await second.ClaimAsync(task: "a"));
            Assert.Equal(since, Assert.Single(await second.Queue.HaltsAsync(Ct)).Since);
        }
    }

    [Fact]
    public async Task A_worker_that_waits_in_another_process_obeys_at_once()
    {
        await using var host = await JobsHost.StartAsync(stores);
        await using var other = await JobsHost.StartAsync(stores, beside: host);
        await host.BuiltAsync();
        await Eventually.That(async () =>
        {
            var task = NewTask();
            var scope = new QueueScope { TaskType = task };
            var waiting = other.ClaimAsync(task: task, waitSeconds: 60);
            await host.Queue.PauseAsync(scope, Ct);
            var id = await host.SubmitAsync(Job(task: task));
            // The ring of the submission has been answered by a claim of the other process when its next one is.
            Assert.Empty(await other.ClaimAsync(task: task, waitSeconds: 0.3));
            Assert.False(waiting.IsCompleted);

            await host.Queue.ResumeAsync(scope, Ct);
            // By itself it would look after five seconds.
            Assert.Equal([id], (await waiting.WaitAsync(TimeSpan.FromSeconds(3), Ct)).Select(claim => claim.Id));
        }, Ct);
    }

    [Fact]
    public async Task Every_worker_of_two_processes_starts_nothing_after_a_pause_has_answered()
    {
        await using var host = await JobsHost.StartAsync(stores);
        await using var other = await JobsHost.StartAsync(stores, beside: host);
        using var done = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var workers = new[] { host, other, host, other }.Select(async (from, i) =>
        {
            while (!done.IsCancellationRequested)
            {
                await Task.WhenAll((await from.ClaimAsync(limit: 3, worker: $"w{i}", waitSeconds: 0.2)).Select(claim => from.CompleteAsync(claim)));
            }
        }).ToArray();
        await host.Queue.SubmitAsync([.. Enumerable.Range(0, 400).Select(i => Job(profile: $"p{i % 5}"))], Ct);

        await other.Queue.PauseAsync(new QueueScope { TaskType = "llm_chat" }, Ct);
        var answered = (await host.QueryAsync("select now()", row => row.GetFieldValue<DateTimeOffset>(0)))[0];
        await Eventually.That(async () => Assert.Equal(0, (await host.Queue.StatsAsync(JobScope.All, Ct)).ByStatus["running"]), Ct);
        Assert.Empty(await ClaimAsync(other, "llm_chat"));
        // A claim that began before the answer may end after it: its jobs started when it began.
        var latest = (await host.QueryAsync("select max(started_at) from job_result", row => row.GetFieldValue<DateTimeOffset?>(0)))[0];
        Assert.True(latest is null || latest <= answered, $"{latest:O} is after {answered:O}");

        await host.Queue.ResumeAsync(Ct);
        await Eventually.That(async () => Assert.Equal(400, (await host.Queue.StatsAsync(JobScope.All, Ct)).ByStatus["completed"]), Ct);
        await done.CancelAsync();
        await Task.WhenAll(workers);
    }

    [Fact]
    public async Task Stats_say_what_is_halted_by_lane()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await host.SubmitAsync(Job(task: "a", profile: "x"));
        await host.SubmitAsync(Job(task: "b", profile: "x"));
        await host.Queue.PauseAsync(new QueueScope { TaskType = "a" }, Ct);
        await host.Queue.StopAsync(new QueueScope { TaskType = "a", ModelProfile = "x" }, Ct);
        await host.Queue.StopAsync(new QueueScope { TaskType = "none yet" }, Ct);

        var stats = await host.Queue.StatsAsync(JobScope.All, Ct);
        Assert.Equal((false, false, 3), (stats.Paused, stats.Stopped, stats.Halts.Count));
        Assert.Equal(
            ["a x 1: paused a *, stopped a x", "b x 1: "],
            stats.ByLane.Select(lane => $"{lane.TaskType} {lane.ModelProfile} {lane.Pending}: " + string.Join(", ", lane.HaltedBy.Select(
                halt => $"{halt.Kind.ToString().ToLowerInvariant()} {halt.TaskType} {halt.ModelProfile}"))));
        Assert.All(stats.ByLane, lane => Assert.NotNull(lane.OldestWaitingSeconds));

        await host.Queue.StopAsync(new QueueScope(), Ct);
        stats = await host.Queue.StatsAsync(JobScope.All, Ct);
        Assert.Equal((false, true), (stats.Paused, stats.Stopped));
        Assert.All(stats.ByLane, lane => Assert.Contains(lane.HaltedBy, halt => halt.IsOfEverything()));
    }

    static Task SetAsync(JobsHost host, HaltKind kind, QueueScope scope) =>
        kind == HaltKind.Paused ? host.Queue.PauseAsync(scope, Ct) : host.Queue.StopAsync(scope, Ct);

    static Task LiftAsync(JobsHost host, HaltKind kind, QueueScope scope) =>
        kind == HaltKind.Paused ? host.Queue.ResumeAsync(scope, Ct) : host.Queue.StartAsync(scope, Ct);

    static Task<IReadOnlyList<ClaimedJob>> ClaimAsync(JobsHost host, params string[] tasks) =>
        host.Queue.ClaimAsync(new ClaimRequest("w", tasks, [], 10, TimeSpan.FromSeconds(30), TimeSpan.Zero), Ct);

    async Task<IEnumerable<HaltKind>> KindsAsync(QueueScope scope) =>
        (await _host.Queue.HaltsAsync(Ct)).Where(halt => halt.TaskType == scope.TaskType).Select(halt => halt.Kind);
}
