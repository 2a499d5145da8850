using System.Collections.Concurrent;
using System.Diagnostics;
using AiPlatform.Contracts;
using AiPlatform.Jobs.Index;
using AiPlatform.Testing;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

/// <summary>Losing Redis loses nothing and stops nothing. Every test begins with Redis running.</summary>
public sealed class RedisAwayTests(OwnStores own) : IClassFixture<OwnStores>, IAsyncLifetime
{
    static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await own.Stores.Redis.StartAsync(Ct);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Every_verb_goes_on_from_Postgres_in_the_same_order_while_Redis_is_dead()
    {
        await using var host = await StartAsync();
        await host.BuiltAsync();
        var low = await host.SubmitAsync(Job(JobPriority.Low));
        var running = await host.StartJobAsync(Job(task: "other"));
        await own.Stores.Redis.KillAsync(Ct);
        await Eventually.That(() => Assert.True(host.Queue.IsDegraded), Ct);

        var normal = await host.SubmitAsync(Job());
        var high = await host.SubmitAsync(Job(JobPriority.High));
        Assert.Null((await host.ReadAsync(normal)).Position);
        Assert.True((await host.Queue.StatsAsync(JobScope.All, Ct)).Degraded);
        // Another process may be waiting for it.
        Assert.Null(await host.Queue.IsAwaitedAsync(normal));
        Assert.Equal([high, normal, low], (await host.ClaimAsync(limit: 5)).Select(claim => claim.Id));

        var renewal = new Renewal(JobFence.Of(running), TimeSpan.FromMinutes(1), null);
        Assert.Equal(RenewResult.Renewed, (await host.Queue.RenewAsync([renewal], Ct))[0].Result);
        Assert.True(await host.Get<JobEvents>().AppendAsync(running, JobEventTypes.Token, Json("\"x\""), Ct));
        await host.Queue.ReleaseAsync([JobFence.Of(running)], Ct);
        running = await host.ClaimOneAsync("other");
        var failed = await host.Queue.FailAsync(
            JobFence.Of(running), new JobError("provider_error", "no"), new FailOptions(Pause: TimeSpan.Zero), Ct);
        Assert.Equal(RecordResult.Requeued, failed);
        Assert.Equal(2, (await host.ClaimOneAsync("other")).Attempt);
        Assert.Equal(ChangeResult.Changed, await host.Queue.RetryAsync(JobScope.All, running.Id, Ct));
        Assert.Equal(ChangeResult.Changed, await host.Queue.CancelAsync(JobScope.All, running.Id, Ct));

        var waiting = host.Queue.SubmitAndWaitAsync(JobScope.All, Job(task: "waited for"), TimeSpan.FromSeconds(30), Ct);
        await host.CompleteAsync(await host.ClaimOneAsync("waited for"));
        Assert.Equal(JobStatus.Completed, (await waiting).Job!.Status);

        await host.Queue.PauseAsync(Ct);
        await host.SubmitAsync(Job(task: "paused"));
        Assert.Empty(await host.ClaimAsync(task: "paused"));
        await BackAsync(host);
        Assert.Empty(await host.ClaimAsync(task: "paused"));
        await host.Queue.ResumeAsync(Ct);
        await host.ClaimOneAsync("paused");
    }

    [Fact]
    public async Task A_part_that_is_halted_while_Redis_is_dead_is_obeyed_and_so_is_the_end_of_it()
    {
        // Longer than the test: only what is halted makes a claim look earlier.
        await using var host = await JobsHost.StartAsync(own.Stores, configure: options => options.PollInterval = TimeSpan.FromMinutes(1));
        await host.BuiltAsync();
        await own.Stores.Redis.KillAsync(Ct);
        await Eventually.That(() => Assert.True(host.Queue.IsDegraded), Ct);
        var held = await host.SubmitAsync(Job(profile: "held"));
        var free = await host.SubmitAsync(Job(profile: "free"));
        await host.Queue.StopAsync(new QueueScope { ModelProfile = "held" }, Ct);
        Assert.Equal([free], (await host.ClaimAsync(limit: 5)).Select(claim => claim.Id));

        var waiting = host.ClaimAsync(waitSeconds: 60);
        Assert.Empty(await host.ClaimAsync());
        await host.Queue.StartAsync(new QueueScope { ModelProfile = "held" }, Ct);
        Assert.Equal([held], (await waiting.WaitAsync(TimeSpan.FromSeconds(20), Ct)).Select(claim => claim.Id));
        await BackAsync(host);
    }

    [Fact]
    public async Task A_Redis_that_comes_back_empty_is_filled_in_order_and_rings_again()
    {
        await using var host = await StartAsync();
        await host.BuiltAsync();
        var first = await host.SubmitAsync();
        await own.Stores.Redis.KillAsync(Ct);
        var second = await host.SubmitAsync();
        var urgent = await host.SubmitAsync(Job(JobPriority.High));
        await BackAsync(host);
        await host.BuiltAsync();

        var places = await Task.WhenAll(new[] { urgent, first, second }.Select(async id => (await host.ReadAsync(id)).Position));
        Assert.Equal([1L, 2L, 3L], places);
        Assert.Equal([urgent, first, second], (await host.ClaimAsync(limit: 5)).Select(claim => claim.Id));
        await AssertRingsAsync(host);
    }

    [Fact]
    public async Task A_process_that_starts_while_Redis_is_dead_works_and_hears_the_bells_later()
    {
        await own.Stores.Redis.KillAsync(Ct);
        await using var host = await StartAsync();
        var id = await host.SubmitAsync();
        Assert.Equal(id, (await host.ClaimOneAsync()).Id);
        Assert.True(host.Queue.IsDegraded);

        await BackAsync(host);
        await host.BuiltAsync();
        await AssertRingsAsync(host);
    }

    [Fact]
    public async Task Who_began_to_wait_for_a_job_while_Redis_was_dead_hears_its_bell_later()
    {
        await using var host = await StartAsync();
        await host.BuiltAsync();
        await own.Stores.Redis.KillAsync(Ct);
        await Eventually.That(() => Assert.True(host.Queue.IsDegraded), Ct);
        var job = Guid.CreateVersion7();
        await using var listener = await host.Get<JobBell>().ListenAsync(job, onlyEnd: false);
        Assert.False(await listener.WaitAsync(Poll, Ct));
        await BackAsync(host);

        await Eventually.That(async () =>
        {
            var rung = listener.WaitAsync(TimeSpan.FromSeconds(2), Ct);
            await host.Get<JobBell>().RingJobAsync(job);
            Assert.True(await rung);
        }, Ct);
    }

    [Fact]
    public async Task A_frozen_Redis_costs_one_call_its_patience_and_no_other()
    {
        await using var host = await StartAsync();
        await host.BuiltAsync();
        await own.Stores.Redis.SuspendAsync(Ct);
        try
        {
            await host.SubmitAsync();
            Assert.True(host.Queue.IsDegraded);
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < 20; i++)
            {
                await host.SubmitAsync();
            }
            Assert.Equal(21, (await host.ClaimAsync(limit: 50)).Count);
            // Each would have waited two seconds.
            Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 30);
        }
        finally
        {
            await own.Stores.Redis.ResumeAsync(Ct);
        }
        await Eventually.That(() => Assert.False(host.Queue.IsDegraded), Ct);
        await host.BuiltAsync();
        await AssertRingsAsync(host);
    }

    [Fact]
    public async Task A_lease_that_ends_while_Redis_is_dead_is_noticed()
    {
        await using var host = await StartAsync();
        await host.SubmitAsync();
        await own.Stores.Redis.KillAsync(Ct);
        var first = await host.ClaimOneAsync(leaseSeconds: 0.1);
        var second = await host.ClaimOneAsync(waitSeconds: 60);
        Assert.Equal((first.Id, 1), (second.Id, second.Attempt));
        await BackAsync(host);
    }

    [Fact]
    public async Task A_leader_gives_its_lock_up_while_Redis_is_dead_and_takes_it_back_when_nobody_else_wants_it()
    {
        await using var host = await StartAsync();
        await host.BuiltAsync();
        Assert.Single(await LocksAsync(host));
        await own.Stores.Redis.KillAsync(Ct);
        await Eventually.That(async () => Assert.Empty(await LocksAsync(host)), Ct);
        await Eventually.That(async () => Assert.Single(await LocksAsync(host)), Ct);

        await host.SubmitAsync();
        var first = await host.ClaimOneAsync(leaseSeconds: 0.1);
        Assert.Equal(first.Id, (await host.ClaimOneAsync(waitSeconds: 60)).Id);
        await BackAsync(host);
    }

    [Fact]
    public async Task Workers_finish_every_job_once_while_Redis_is_killed_again_and_again()
    {
        await using var host = await StartAsync();
        await using var other = await StartAsync(beside: host);
        var jobs = Enumerable.Range(0, 400).Select(i => Job(i % 2 == 0 ? JobPriority.High : JobPriority.Low, profile: $"p{i % 3}")).ToArray();
        var recorded = new ConcurrentBag<Guid>();
        using var done = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var workers = new[] { host, other, host, other }.Select(async (from, i) =>
        {
            while (!done.IsCancellationRequested)
            {
                foreach (var claim in await from.ClaimAsync(limit: 5, worker: $"w{i}", waitSeconds: 0.2))
                {
                    if (await from.Queue.CompleteAsync(JobFence.Of(claim), Json("1"), Ct) == RecordResult.Recorded)
                    {
                        recorded.Add(claim.Id);
                    }
                }
            }
        }).ToArray();

        foreach (var (round, batch) in jobs.Chunk(100).Index())
        {
            await host.Queue.SubmitAsync(batch[..50], Ct);
            await (round % 2 == 0 ? own.Stores.Redis.KillAsync(Ct) : own.Stores.Redis.StartAsync(Ct));
            await other.Queue.SubmitAsync(batch[50..], Ct);
        }
        await Eventually.That(() => Assert.Equal(400, recorded.Count), Ct);
        await done.CancelAsync();
        await Task.WhenAll(workers);
        Assert.Equal(jobs.Select(job => job.Id).Order(), recorded.Order());
    }

    Task<JobsHost> StartAsync(JobsHost? beside = null) =>
        JobsHost.StartAsync(own.Stores, beside: beside, configure: options => (options.PollInterval, options.RedisTimeout) = (Poll, TimeSpan.FromSeconds(2)));

    async Task BackAsync(JobsHost host)
    {
        await own.Stores.Redis.StartAsync(Ct);
        await Eventually.That(() => Assert.False(host.Queue.IsDegraded), Ct);
    }

    static Task<List<int>> LocksAsync(JobsHost host) => host.QueryAsync(
        $"select a.pid from pg_locks l join pg_stat_activity a using (pid) "
        + $"where l.locktype = 'advisory' and l.granted and a.application_name like '{host.Schema}%'", row => row.GetInt32(0));

    /// <summary>A claim that waits is woken at once, well before it would look by itself.</summary>
    static async Task AssertRingsAsync(JobsHost host)
    {
        await Eventually.That(async () =>
        {
            var task = NewTask();
            var waiting = host.ClaimAsync(task: task, waitSeconds: 30);
            var id = await host.SubmitAsync(Job(task: task));
            Assert.Equal([id], (await waiting.WaitAsync(TimeSpan.FromSeconds(4), Ct)).Select(claim => claim.Id));
        }, Ct);
        Assert.False(host.Queue.IsDegraded);
    }
}
