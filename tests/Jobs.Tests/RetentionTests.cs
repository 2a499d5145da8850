using AiPlatform.Contracts;
using AiPlatform.Jobs.Store;
using AiPlatform.Testing;
using Npgsql;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

/// <summary>What is kept, and what is removed when. Each test has a schema of its own, as days are made and dropped for all of it.</summary>
public sealed class RetentionTests(Stores stores)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Today_and_the_days_ahead_have_partitions_from_the_start()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        var expected = await host.QueryAsync(
            "select to_char((now() at time zone 'UTC')::date + n, 'YYYYMMDD') from generate_series(0, 4) n", row => row.GetString(0));
        Assert.Equal([.. expected.Select(day => $"job_{day}"), "job_rest"], await PartitionsAsync(host, "job"));
        Assert.Equal([.. expected.Select(day => $"job_result_{day}"), "job_result_rest"], await PartitionsAsync(host, "job_result"));
        Assert.Equal((0, 0), await KeepDaysAsync(host));
    }

    [Fact]
    public async Task New_jobs_stand_in_the_partition_of_their_day()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        var id = await host.SubmitAsync();
        var place = await host.QueryAsync(
            $"select tableoid::regclass::text, to_char(created_at at time zone 'UTC', '\"job_\"YYYYMMDD') from job where id = '{id}'",
            row => (row.GetString(0), row.GetString(1)));
        Assert.Equal(place[0].Item2, place[0].Item1);
    }

    [Fact]
    public async Task An_old_day_is_dropped_when_all_its_jobs_are_final_and_out_of_retention()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await AddDayAsync(host, daysAgo: 10);
        var old = await AddJobAsync(host, daysAgo: 10);
        await FinishAsync(host, old, daysAgo: 9);

        Assert.Equal((0, 1), await KeepDaysAsync(host));
        Assert.Null(await host.Queue.GetAsync(JobScope.All, old, Ct));
        Assert.Equal(6, (await PartitionsAsync(host, "job")).Count);
        Assert.Equal(6, (await PartitionsAsync(host, "job_result")).Count);
    }

    [Fact]
    public async Task An_old_day_with_an_open_job_is_kept()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await AddDayAsync(host, daysAgo: 10);
        var open = await AddJobAsync(host, daysAgo: 10);
        Assert.Equal((0, 0), await KeepDaysAsync(host));
        Assert.NotNull(await host.Queue.GetAsync(JobScope.All, open, Ct));
    }

    [Fact]
    public async Task An_old_day_with_a_job_that_ended_lately_is_kept()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await AddDayAsync(host, daysAgo: 10);
        var late = await AddJobAsync(host, daysAgo: 10);
        await FinishAsync(host, late, daysAgo: 1);
        Assert.Equal((0, 0), await KeepDaysAsync(host));
        Assert.NotNull(await host.Queue.GetAsync(JobScope.All, late, Ct));
    }

    [Fact]
    public async Task Jobs_of_a_day_without_a_partition_live_and_leave_all_the_same()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        var ended = await AddJobAsync(host, daysAgo: 10);
        var lately = await AddJobAsync(host, daysAgo: 10);
        var open = await AddJobAsync(host, daysAgo: 10);
        await FinishAsync(host, ended, daysAgo: 9);
        await FinishAsync(host, lately, daysAgo: 1);
        Assert.Equal(3L, (await host.QueryAsync("select count(*) from job_rest", row => row.GetInt64(0)))[0]);

        Assert.Equal((0, 0), await KeepDaysAsync(host));
        Assert.Equal((1L, 0L), await host.Get<JobStore>().DeleteFromRestAsync(10, Ct));
        Assert.Null(await host.Queue.GetAsync(JobScope.All, ended, Ct));
        Assert.NotNull(await host.Queue.GetAsync(JobScope.All, lately, Ct));
        Assert.NotNull(await host.Queue.GetAsync(JobScope.All, open, Ct));
    }

    [Fact]
    public async Task A_day_that_began_without_its_partition_gets_it_with_its_jobs()
    {
        await using var host = await WithoutDaysAsync();
        var done = await host.SubmitAsync();
        await host.CompleteAsync(await host.ClaimOneAsync());
        var open = await host.SubmitAsync();
        var ahead = await AddJobAsync(host, daysAgo: -3);

        Assert.Equal((5, 0), await KeepDaysAsync(host));
        Assert.Equal([0L, 0L], await host.QueryAsync("select count(*) from job_rest union all select count(*) from job_result_rest", row => row.GetInt64(0)));
        Assert.Equal("1", (await host.ReadAsync(done)).Result!.Value.GetRawText());
        Assert.Equal((JobStatus.Pending, JobStatus.Pending), ((await host.ReadAsync(open)).Status, (await host.ReadAsync(ahead)).Status));
        await host.CompleteAsync(await host.ClaimOneAsync());
        Assert.Equal(
            ["job_by_owner", "job_pkey"],
            await host.QueryAsync(
                "select p.relname from pg_index x join pg_inherits i on i.inhrelid = x.indexrelid join pg_class p on p.oid = i.inhparent "
                + "where x.indrelid = to_regclass(to_char(now() at time zone 'UTC', '\"job_\"YYYYMMDD')) and x.indisvalid order by 1", row => row.GetString(0)));
    }

    [Fact]
    public async Task A_day_with_many_jobs_in_the_rest_stays_there()
    {
        await using var host = await WithoutDaysAsync();
        await host.ExecuteAsync("""
            insert into job (id, owner_service, task_type, model_profile, priority, max_attempts, input)
            select first_id_at(now() + n * interval '1 ms'), 'o', 't', 'm', 3, 1, '{}' from generate_series(1, 10001) n
            """);
        Assert.Equal((4, 0), await KeepDaysAsync(host));
        Assert.Equal((0, 0), await KeepDaysAsync(host));
        await host.SubmitAsync();
        await host.CompleteAsync(await host.ClaimOneAsync());
    }

    [Fact]
    public async Task A_retry_in_flight_keeps_the_day_of_its_job()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await AddDayAsync(host, daysAgo: 10);
        var old = await AddJobAsync(host, daysAgo: 10);
        await FinishAsync(host, old, daysAgo: 9);
        await host.ExecuteAsync($"update job_result set state = 3 where id = '{old}'");

        await using var connection = await host.Get<NpgsqlDataSource>().OpenConnectionAsync(Ct);
        await using var retrying = await connection.BeginTransactionAsync(Ct);
        Assert.Single(await Database.QueryAsync(
            connection, new Statement("retry_jobs").With<Guid[]>([old]).With(false), row => row.GetGuid(0), Ct));
        var dropping = host.Get<JobStore>().DropDaysAsync(Ct);
        await host.WaitsForALockAsync("drop_day");
        await retrying.CommitAsync(Ct);

        Assert.Equal(0, await dropping);
        Assert.Equal(JobStatus.Pending, (await host.ReadAsync(old)).Status);
        Assert.Equal(old, (await host.ClaimOneAsync()).Id);
    }

    [Fact]
    public async Task A_long_transaction_on_the_jobs_delays_a_change_of_days_and_nobody_else()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await AddDayAsync(host, daysAgo: 10);
        await using var connection = await host.Get<NpgsqlDataSource>().OpenConnectionAsync(Ct);
        await using (var transaction = await connection.BeginTransactionAsync(Ct))
        {
            await using var command = connection.CreateCommand();
            command.CommandText = "lock table job, job_result in access share mode";
            await command.ExecuteNonQueryAsync(Ct);
            var failure = await Assert.ThrowsAsync<StoreUnavailableException>(() => KeepDaysAsync(host));
            Assert.Equal("55P03", Assert.IsType<PostgresException>(failure.InnerException).SqlState);
            await using var beside = await JobsHost.StartAsync(stores, maintenance: false, beside: host);
            await beside.SubmitAsync();
        }
        Assert.Equal((0, 1), await KeepDaysAsync(host));
    }

    [Fact]
    public async Task A_job_with_a_time_to_live_of_its_own_is_removed_after_it()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        var brief = await host.StartJobAsync(Job() with { ResultTtl = TimeSpan.FromHours(1) });
        await host.CompleteAsync(brief);
        var kept = await host.StartJobAsync(Job());
        await host.CompleteAsync(kept);
        Assert.Equal((0L, 0L, 0L), await host.Get<JobStore>().DeleteExpiredAsync(10, Ct));

        await host.ExecuteAsync("update job_result set expires_at = expires_at - interval '61 minutes'");
        Assert.Equal((1L, 0L, 0L), await host.Get<JobStore>().DeleteExpiredAsync(10, Ct));
        Assert.Null(await host.Queue.GetAsync(JobScope.All, brief.Id, Ct));
        Assert.NotNull(await host.Queue.GetAsync(JobScope.All, kept.Id, Ct));
    }

    [Fact]
    public async Task A_batch_removes_no_more_than_it_is_told()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await host.Queue.SubmitAsync([.. Enumerable.Range(0, 5).Select(_ => Job() with { ResultTtl = TimeSpan.FromHours(1) })], Ct);
        await host.Queue.CancelAsync(JobScope.All, new JobFilter { OwnerService = "tests" }, Ct);
        await host.ExecuteAsync("update job_result set expires_at = now() - interval '1 s'");
        Assert.Equal((3L, 0L, 0L), await host.Get<JobStore>().DeleteExpiredAsync(3, Ct));
        Assert.Equal((2L, 0L, 0L), await host.Get<JobStore>().DeleteExpiredAsync(3, Ct));
    }

    [Fact]
    public async Task A_key_that_has_expired_may_be_used_for_another_job()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        var job = Job() with { IdempotencyKey = "k" };
        await host.SubmitAsync(job);
        await host.ExecuteAsync("update idempotency set expires_at = now() - interval '1 s'");
        Assert.Equal((0L, 1L, 0L), await host.Get<JobStore>().DeleteExpiredAsync(10, Ct));
        await host.SubmitAsync(job with { Id = Guid.CreateVersion7(), MaxAttempts = 9 });
    }

    [Fact]
    public async Task A_key_lives_no_longer_than_jobs_are_kept()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false, configure: options => options.Retention = TimeSpan.FromHours(2));
        await host.SubmitAsync(Job() with { IdempotencyKey = "k" });
        Assert.True((await host.QueryAsync("select expires_at <= now() + interval '2 hours' from idempotency", row => row.GetBoolean(0)))[0]);
    }

    [Fact]
    public async Task The_key_of_a_removed_job_is_removed_with_it()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        var job = Job() with { IdempotencyKey = "k", ResultTtl = TimeSpan.FromHours(1) };
        await host.CompleteAsync(await host.StartJobAsync(job));
        await host.ExecuteAsync("update job_result set expires_at = now() - interval '1 s'");
        Assert.Equal((1L, 1L, 0L), await host.Get<JobStore>().DeleteExpiredAsync(10, Ct));
        await host.SubmitAsync(job with { Id = Guid.CreateVersion7() });
    }

    async Task<JobsHost> WithoutDaysAsync()
    {
        var host = await JobsHost.StartAsync(stores, maintenance: false);
        string[] all = [.. await PartitionsAsync(host, "job"), .. await PartitionsAsync(host, "job_result")];
        foreach (var day in all.Where(name => char.IsDigit(name[^1])))
        {
            await host.ExecuteAsync($"drop table {day}");
        }
        return host;
    }

    static Task<List<string>> PartitionsAsync(JobsHost host, string table) => host.QueryAsync(
        $"select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = '{table}'::regclass order by 1",
        row => row.GetString(0));

    static async Task<(int Made, int Dropped)> KeepDaysAsync(JobsHost host)
    {
        var store = host.Get<JobStore>();
        return (await store.MakeDaysAsync(4, Ct), await store.DropDaysAsync(Ct));
    }

    static async Task AddDayAsync(JobsHost host, int daysAgo)
    {
        foreach (var table in (string[])["job", "job_result"])
        {
            await host.ExecuteAsync($$"""
                do $$ declare day date := (now() at time zone 'UTC')::date - {{daysAgo}}; begin
                  execute format('create table %I partition of {{table}} for values from (%L) to (%L)', to_char(day, '"{{table}}_"YYYYMMDD'),
                    first_id_at(day::timestamp at time zone 'UTC'), first_id_at((day + 1)::timestamp at time zone 'UTC'));
                end $$
                """);
        }
    }

    static async Task<Guid> AddJobAsync(JobsHost host, int daysAgo)
    {
        var noon = (await host.QueryAsync($"select ((now() at time zone 'UTC')::date - {daysAgo} + time '12:00') at time zone 'UTC'",
            row => row.GetFieldValue<DateTimeOffset>(0)))[0];
        return await host.SubmitAsync(Job() with { Id = Guid.CreateVersion7(noon) });
    }

    static async Task FinishAsync(JobsHost host, Guid id, int daysAgo)
    {
        Assert.Equal(ChangeResult.Changed, await host.Queue.CancelAsync(JobScope.All, id, Ct));
        await host.ExecuteAsync($"update job_result set finished_at = now() - interval '{daysAgo} days' where id = '{id}'");
    }
}
