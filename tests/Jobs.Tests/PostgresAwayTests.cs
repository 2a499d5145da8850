using AiPlatform.Contracts;
using AiPlatform.Testing;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

/// <summary>Without Postgres every verb says so, nothing is half-done, and everything goes on when it is back. Every test leaves it
/// running.</summary>
public sealed class PostgresAwayTests(OwnStores own) : IClassFixture<OwnStores>
{
    static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_verb_says_that_the_store_is_away_and_nothing_is_lost()
    {
        await using var host = await JobsHost.StartAsync(own.Stores);
        await host.BuiltAsync();
        var waiting = await host.SubmitAsync();
        var claim = await host.StartJobAsync(Job(task: "other"));
        var (queue, fence, filter) = (host.Queue, JobFence.Of(claim), new JobFilter { OwnerService = "tests" });
        await own.Stores.Postgres.KillAsync(Ct);

        Func<Task>[] verbs =
        [
            () => queue.SubmitAsync([Job()], Ct),
            () => queue.SubmitAsync([Job() with { IdempotencyKey = "k" }], Ct),
            () => queue.SubmitAndWaitAsync(JobScope.All, Job(task: NewTask()), Lease, Ct),
            () => queue.ClaimAsync(new ClaimRequest("w", ["llm_chat"], [], 1, Lease, Lease), Ct),
            () => queue.RenewAsync([new Renewal(fence, Lease, null)], Ct),
            () => queue.CompleteAsync(fence, Json("1"), Ct),
            () => queue.FailAsync(fence, new JobError("provider_error", "no"), default, Ct),
            () => queue.ReleaseAsync([fence], Ct),
            () => queue.CancelAsync(JobScope.All, waiting, Ct),
            () => queue.CancelAsync(JobScope.All, filter, Ct),
            () => queue.RetryAsync(JobScope.All, waiting, Ct),
            () => queue.RetryAsync(JobScope.All, filter, Ct),
            () => queue.GetAsync(JobScope.All, waiting, Ct),
            () => queue.WaitAsync(JobScope.All, waiting, Lease, Ct),
            () => queue.ListAsync(JobScope.All, filter, null, 10, Ct),
            () => queue.StatsAsync(JobScope.All, Ct),
            () => queue.PauseAsync(Ct),
            () => queue.ResumeAsync(Ct),
            () => host.Get<WorkerDirectory>().ListAsync(Ct),
        ];
        foreach (var verb in verbs)
        {
            var failure = await Assert.ThrowsAsync<StoreUnavailableException>(verb);
            Assert.StartsWith("Postgres cannot be reached: ", failure.Message, StringComparison.Ordinal);
        }

        await own.Stores.Postgres.StartAsync(Ct);
        await Eventually.That(async () => Assert.Equal((JobStatus.Running, 1), await StandAsync(host, claim.Id)), Ct);
        Assert.Equal((JobStatus.Pending, 0), await StandAsync(host, waiting));
        Assert.Equal(2, (await queue.ListAsync(JobScope.All, filter, null, 10, Ct)).Jobs.Count);
        Assert.False((await queue.StatsAsync(JobScope.All, Ct)).Paused);
        await host.CompleteAsync(claim);
        // Its id was handed out and could not be claimed.
        Assert.Equal(waiting, (await host.ClaimOneAsync(waitSeconds: 60)).Id);
    }

    [Fact]
    public async Task While_Postgres_is_read_only_every_write_is_told_to_come_back()
    {
        await using var host = await JobsHost.StartAsync(own.Stores, maintenance: false);
        await host.BuildEmptyAsync();
        var waiting = await host.SubmitAsync();
        var claim = await host.StartJobAsync(Job(task: "other"));
        var (queue, fence, filter) = (host.Queue, JobFence.Of(claim), new JobFilter { OwnerService = "tests" });
        await host.ExecuteAsync("alter system set default_transaction_read_only = on");
        try
        {
            await host.ExecuteAsync("select pg_reload_conf()");
            Func<Task>[] writes =
            [
                () => queue.ResumeAsync(Ct),
                () => queue.SubmitAsync([Job()], Ct),
                () => queue.SubmitAsync([Job(), Job() with { IdempotencyKey = "k" }], Ct),
                () => queue.ClaimAsync(new ClaimRequest("w", ["llm_chat"], [], 1, Lease, Lease), Ct),
                () => queue.RenewAsync([new Renewal(fence, Lease, null)], Ct),
                () => queue.CompleteAsync(fence, Json("1"), Ct),
                () => queue.FailAsync(fence, new JobError("provider_error", "no"), default, Ct),
                () => queue.ReleaseAsync([fence], Ct),
                () => queue.CancelAsync(JobScope.All, waiting, Ct),
                () => queue.RetryAsync(JobScope.All, claim.Id, Ct),
                () => queue.CancelAsync(JobScope.All, filter, Ct),
                () => queue.PauseAsync(Ct),
            ];
            foreach (var write in writes)
            {
                // The first one may come before the server has read its settings.
                await Eventually.That(async () => Assert.StartsWith(
                    "Postgres cannot do it now: 25006: ", (await Assert.ThrowsAsync<StoreUnavailableException>(write)).Message, StringComparison.Ordinal), Ct);
            }
            Assert.Equal((JobStatus.Running, 1), await StandAsync(host, claim.Id));
        }
        finally
        {
            await host.ExecuteAsync("alter system reset default_transaction_read_only");
            await host.ExecuteAsync("select pg_reload_conf()");
        }
        await Eventually.That(() => host.CompleteAsync(claim), Ct);
        Assert.Equal((JobStatus.Pending, 0), await StandAsync(host, waiting));
    }

    [Fact]
    public async Task Maintenance_goes_on_when_Postgres_is_back()
    {
        await using var host = await JobsHost.StartAsync(own.Stores);
        await host.BuiltAsync();
        await own.Stores.Postgres.KillAsync(Ct);
        await own.Stores.Postgres.StartAsync(Ct);
        await Eventually.That(async () => await host.SubmitAsync(Job(task: "probe")), Ct);
        var runAt = (await host.QueryAsync("select now() + interval '0.3 s'", row => row.GetFieldValue<DateTimeOffset>(0)))[0];
        var id = await host.SubmitAsync(Job() with { RunAt = runAt });
        Assert.Equal(id, (await host.ClaimOneAsync(waitSeconds: 60)).Id);
    }

    [Fact]
    public async Task What_was_acknowledged_is_there_and_what_was_repeated_is_there_once()
    {
        await using var host = await JobsHost.StartAsync(own.Stores);
        var acknowledged = 0;
        var submitting = Enumerable.Range(0, 4).Select(async caller =>
        {
            for (var i = 0; i < 100; i++)
            {
                var job = Job(owner: $"caller-{caller}") with { IdempotencyKey = $"{i}" };
                await UntilAnsweredAsync(() => host.Queue.SubmitAsync([job with { Id = Guid.CreateVersion7() }], Ct));
                Interlocked.Increment(ref acknowledged);
            }
        }).ToArray();
        await Eventually.That(() => Assert.True(Volatile.Read(ref acknowledged) > 40), Ct);
        await own.Stores.Postgres.KillAsync(Ct);
        await own.Stores.Postgres.StartAsync(Ct);
        await Task.WhenAll(submitting);

        var finished = 0;
        while (finished < 400)
        {
            foreach (var claim in await host.ClaimAsync(limit: 100, waitSeconds: 30))
            {
                await host.CompleteAsync(claim);
                finished++;
            }
        }
        Assert.Equal(400, (await host.Queue.StatsAsync(JobScope.All, Ct)).ByStatus["completed"]);
        Assert.Empty(await host.ClaimAsync());
    }

    static async Task<(JobStatus, int)> StandAsync(JobsHost host, Guid id)
    {
        var job = await host.ReadAsync(id);
        return (job.Status, job.Attempt);
    }

    static async Task UntilAnsweredAsync(Func<Task> call)
    {
        while (true)
        {
            try
            {
                await call();
                return;
            }
            catch (StoreUnavailableException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), Ct);
            }
        }
    }
}
