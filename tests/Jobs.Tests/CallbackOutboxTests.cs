using AiPlatform.Contracts;
using AiPlatform.Jobs.Index;
using AiPlatform.Jobs.Store;
using AiPlatform.Testing;
using Npgsql;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

/// <summary>Which ends of jobs are noted for their callers, and who is given them. Each test has a schema of its own: the outbox is one.</summary>
public sealed class CallbackOutboxTests(Stores stores)
{
    static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);
    static readonly JobError Refused = new("provider_rejected", "no");

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("complete", JobStatus.Completed)]
    [InlineData("fail", JobStatus.Failed)]
    [InlineData("cancel", JobStatus.Cancelled)]
    [InlineData("cancel running", JobStatus.Cancelled)]
    [InlineData("expire", JobStatus.Failed)]
    [InlineData("quarantine", JobStatus.Failed)]
    public async Task Every_end_of_a_job_is_noted_with_it(string end, JobStatus status)
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false, configure: options => options.MaxRescues = 0);
        var id = await EndAsync(host, end);

        var taken = Assert.Single(await TakeAsync(host));
        Assert.Equal((id, "receiver.test:8443", "https://receiver.test:8443/done?key=1", 0), (taken.JobId, taken.Host, taken.Url.AbsoluteUri, taken.Tries));
        Assert.Equal(status, (await host.ReadAsync(id)).Status);
    }

    [Fact]
    public async Task An_end_that_is_not_one_and_a_job_without_a_callback_are_not_noted()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        var failed = await host.StartJobAsync(Job() with { CallbackUrl = Url() });
        await host.Queue.FailAsync(JobFence.Of(failed), new JobError("provider_error", "again"), default, Ct);
        var running = await host.StartJobAsync(Job(task: "b") with { CallbackUrl = Url() });
        await host.Queue.RetryAsync(JobScope.All, running.Id, Ct);
        await host.CompleteAsync(await host.StartJobAsync(Job(task: "c")));

        Assert.Empty(await TakeAsync(host));
        Assert.Equal(0, (await host.Get<CallbackOutbox>().WaitingAsync(Ct)).Waiting);
    }

    [Fact]
    public async Task A_transaction_that_is_undone_notes_nothing()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await host.SubmitAsync(Job() with { CallbackUrl = Url() });
        await host.ExecuteAsync("begin; delete from job_open; rollback");
        Assert.Equal(0, (await host.Get<CallbackOutbox>().WaitingAsync(Ct)).Waiting);
    }

    [Fact]
    public async Task A_taken_callback_belongs_to_its_taker_until_its_lease_ends()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await EndAsync(host, "complete");
        var first = Assert.Single(await TakeAsync(host));
        Assert.Empty(await TakeAsync(host));
        Assert.Equal(1, (await BeginAsync(host, first)).Tries);
        Assert.Empty(await TakeAsync(host));

        await host.ExecuteAsync("update callback set due_at = now()");
        var second = Assert.Single(await TakeAsync(host));
        Assert.Equal((0, 1), (first.Tries, second.Tries));

        // What the first one has to say does not count any more.
        Assert.Null(await host.Get<CallbackOutbox>().BeginAsync(first, Lease, Ct));
        await host.Get<CallbackOutbox>().EndAsync(first, Ct);
        Assert.Equal(1, (await host.Get<CallbackOutbox>().WaitingAsync(Ct)).Waiting);
        await host.Get<CallbackOutbox>().EndAsync(second, Ct);
        Assert.Equal(0, (await host.Get<CallbackOutbox>().WaitingAsync(Ct)).Waiting);
    }

    [Fact]
    public async Task A_callback_that_failed_comes_again_after_its_pause_and_one_given_back_comes_at_once()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await EndAsync(host, "complete");
        await host.Get<CallbackOutbox>().RepeatAsync(await BeginAsync(host, Assert.Single(await TakeAsync(host))), TimeSpan.FromHours(1), Ct);
        Assert.Empty(await TakeAsync(host));

        await host.ExecuteAsync("update callback set due_at = due_at - interval '1 hour', since = since - interval '1 hour'");
        var again = await BeginAsync(host, Assert.Single(await TakeAsync(host)));
        Assert.Equal((2, 1), (again.Tries, (int)again.Age.TotalHours));
        await host.Get<CallbackOutbox>().GiveBackAsync(again, Ct);
        Assert.Equal(1, Assert.Single(await TakeAsync(host)).Tries);
    }

    [Fact]
    public async Task A_callback_that_was_taken_and_not_begun_has_spent_no_try()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await EndAsync(host, "complete");
        await TakeAsync(host);
        await host.ExecuteAsync("update callback set due_at = now()");
        Assert.Equal(0, Assert.Single(await TakeAsync(host)).Tries);
    }

    [Fact]
    public async Task A_failed_job_that_is_retried_and_ends_again_is_noted_again()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        var id = await EndAsync(host, "fail");
        var first = Assert.Single(await TakeAsync(host));
        await host.Queue.RetryAsync(JobScope.All, id, Ct);
        await host.CompleteAsync(await host.ClaimOneAsync());
        Assert.Null(await host.Get<CallbackOutbox>().BeginAsync(first, Lease, Ct));
        await host.Get<CallbackOutbox>().EndAsync(first, Ct);

        var second = Assert.Single(await TakeAsync(host));
        Assert.Equal((id, 0), (second.JobId, second.Tries));
    }

    [Fact]
    public async Task A_host_gets_no_more_calls_than_it_has_places_and_the_others_are_not_held_up()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        for (var i = 0; i < 5; i++)
        {
            await EndAsync(host, "cancel", "http://slow.test/");
        }
        await EndAsync(host, "cancel", "http://quick.test/");
        await EndAsync(host, "cancel", "http://busy.test/");

        var outbox = host.Get<CallbackOutbox>();
        var taken = await outbox.TakeAsync(new Dictionary<string, int> { ["slow.test"] = 1, ["busy.test"] = 9 }, 3, 100, Lease, Ct);
        Assert.Equal(["quick.test", "slow.test", "slow.test"], taken.Select(callback => callback.Host).Order());
        Assert.Equal("slow.test", Assert.Single(await outbox.TakeAsync(new Dictionary<string, int>(), 3, 1, Lease, Ct)).Host);
        Assert.Equal(["busy.test", "slow.test", "slow.test"], (await TakeAsync(host)).Select(callback => callback.Host).Order());
    }

    [Fact]
    public async Task Takers_side_by_side_share_what_is_due()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await host.Queue.SubmitAsync([.. Enumerable.Range(0, 200).Select(i => Job() with { CallbackUrl = new($"http://h{i % 7}.test/") })], Ct);
        await host.Queue.CancelAsync(JobScope.All, new JobFilter { OwnerService = "tests" }, Ct);

        var taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            var mine = new List<TakenCallback>();
            while ((await host.Get<CallbackOutbox>().WaitingAsync(Ct)).Waiting > 0)
            {
                foreach (var callback in await TakeAsync(host))
                {
                    mine.Add(callback);
                    await host.Get<CallbackOutbox>().EndAsync(callback, Ct);
                }
            }
            return mine;
        }));
        var ids = taken.SelectMany(mine => mine).Select(callback => callback.JobId).ToList();
        Assert.Equal((200, 200), (ids.Count, ids.Distinct().Count()));
    }

    [Fact]
    public async Task Taking_goes_by_indexes_whatever_plan_is_kept()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await host.ExecuteAsync("""
            insert into job (id, owner_service, task_type, model_profile, priority, max_attempts, callback_url, input)
            select gen_random_uuid(), 'tests', 'a', 'b', 3, 3, 'http://h' || g % 20 || '.test/', '1' from generate_series(1, 20000) g;
            insert into callback (job_id, host) select id, substring(callback_url from '//([^/]+)') from job;
            analyze job; analyze callback;
            """);
        await using var connection = await host.Get<NpgsqlDataSource>().OpenConnectionAsync(Ct);
        await using var prepare = new NpgsqlCommand($"""
            set plan_cache_mode = force_generic_plan;
            prepare taking (text[], int[], int, int, interval) as {EmbeddedText.Get("claim_callbacks.sql")}
            """, connection);
        await prepare.ExecuteNonQueryAsync(Ct);
        await using var explain = new NpgsqlCommand("explain execute taking ('{}', '{}', 4, 64, '20 s')", connection);
        await using var reader = await explain.ExecuteReaderAsync(Ct);
        var plan = new List<string>();
        while (await reader.ReadAsync(Ct))
        {
            plan.Add(reader.GetString(0));
        }
        Assert.NotEmpty(plan);
        // The jobs stand in the rest; the partitions of the days are empty and may be read as the planner likes.
        Assert.Contains(plan, line => line.Contains("Index Scan using job_rest_pkey", StringComparison.Ordinal));
        Assert.DoesNotContain(plan, line => line.Contains("Seq Scan on callback", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_callback_goes_with_its_job()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await EndAsync(host, "cancel", ttl: TimeSpan.FromHours(1));
        await host.ExecuteAsync("update job_result set expires_at = now() - interval '1 s'");
        Assert.Equal((1L, 0L, 0L), await host.Get<JobStore>().DeleteExpiredAsync(10, Ct));
        Assert.Equal(0, (await host.Get<CallbackOutbox>().WaitingAsync(Ct)).Waiting);

        await EndAsync(host, "cancel");
        await host.ExecuteAsync("update callback set since = now() - interval '8 days'");
        Assert.Equal((0L, 1L), await host.Get<JobStore>().DeleteFromRestAsync(10, Ct));
        Assert.Equal(0, (await host.Get<CallbackOutbox>().WaitingAsync(Ct)).Waiting);
    }

    [Fact]
    public async Task The_leader_reports_how_many_wait()
    {
        await using var host = await JobsHost.StartAsync(stores);
        using var meters = new MeterRecorder(JobsTelemetry.Name, host.Get<System.Diagnostics.Metrics.IMeterFactory>());
        await EndAsync(host, "cancel");
        await Eventually.That(() =>
        {
            meters.Observe();
            Assert.Contains(meters.Of("aiplatform.callback.waiting"), waiting => waiting is { Value: 1, Unit: "{callback}" });
        }, Ct);
    }

    static Uri Url(string url = "https://receiver.test:8443/done?key=1") => new(url);

    static async Task<TakenCallback> BeginAsync(JobsHost host, TakenCallback callback) =>
        Assert.IsType<TakenCallback>(await host.Get<CallbackOutbox>().BeginAsync(callback, Lease, Ct));

    static Task<IReadOnlyList<TakenCallback>> TakeAsync(JobsHost host) =>
        host.Get<CallbackOutbox>().TakeAsync(new Dictionary<string, int>(), 3, 100, Lease, Ct);

    static async Task<Guid> EndAsync(JobsHost host, string end, string? url = null, TimeSpan? ttl = null)
    {
        var job = Job() with { CallbackUrl = url is null ? Url() : new(url), ResultTtl = ttl };
        if (end is "complete" or "fail" or "cancel running")
        {
            var claim = await host.StartJobAsync(job);
            switch (end)
            {
                case "complete":
                    await host.CompleteAsync(claim);
                    break;
                case "fail":
                    Assert.Equal(RecordResult.Recorded, await host.Queue.FailAsync(JobFence.Of(claim), Refused, default, Ct));
                    break;
                default:
                    Assert.Equal(ChangeResult.Changed, await host.Queue.CancelAsync(JobScope.All, claim.Id, Ct));
                    break;
            }
            return claim.Id;
        }

        var id = await host.SubmitAsync(job);
        switch (end)
        {
            case "cancel":
                Assert.Equal(ChangeResult.Changed, await host.Queue.CancelAsync(JobScope.All, id, Ct));
                break;
            case "expire":
                await host.ExecuteAsync("update job_open set deadline = now()");
                Assert.Equal(1, (await host.Get<IndexRepair>().RepairAsync([id], Ct)).Expired);
                break;
            case "quarantine":
                await host.ClaimOneAsync();
                await host.ExecuteAsync("update job_open set lease_until = now() - interval '1 s'");
                Assert.Equal([id], await host.Get<JobStore>().ExpiredLeasesAsync(10, Ct));
                await host.Get<IndexRepair>().RepairAsync([id], Ct);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(end), end, null);
        }
        return id;
    }
}
