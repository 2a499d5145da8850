using AiPlatform.Testing;
using Npgsql;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

/// <summary>Every update of an open job is heap-only: no index grows with the changes of a job. On servers of their own, where no other
/// transaction keeps old versions alive.</summary>
public sealed class HotUpdateTests(OwnStores own) : IClassFixture<OwnStores>
{
    const int Jobs = 1_000;
    static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Through_claims_renewals_and_releases()
    {
        await using var host = await JobsHost.StartAsync(own.Stores, maintenance: false);
        await SubmitAsync(host);
        for (var round = 0; round < 3; round++)
        {
            var claims = await host.ClaimAsync(limit: Jobs);
            await host.Queue.RenewAsync([.. claims.Select(claim => new Renewal(JobFence.Of(claim), Lease, Json("""{"done":1}""")))], Ct);
            await host.Queue.ReleaseAsync([.. claims.Select(JobFence.Of)], Ct);
        }
        await AssertAllHotAsync(host, updates: Jobs * 3 * 3);
    }

    [Fact]
    public async Task Through_the_claims_of_all_jobs_while_another_transaction_holds_an_old_snapshot()
    {
        await using var host = await JobsHost.StartAsync(own.Stores, maintenance: false);
        await using var connection = await host.Get<NpgsqlDataSource>().OpenConnectionAsync(Ct);
        await using var snapshot = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, Ct);
        await using var look = new NpgsqlCommand("select count(*) from job", connection, snapshot);
        await look.ExecuteScalarAsync(Ct);

        await SubmitAsync(host);
        Assert.Equal(Jobs, (await host.ClaimAsync(limit: Jobs)).Count);

        await AssertAllHotAsync(host, updates: Jobs);
    }

    static async Task SubmitAsync(JobsHost host) => await host.Queue.SubmitAsync([.. Enumerable.Range(0, Jobs).Select(_ => Job())], Ct);

    static Task AssertAllHotAsync(JobsHost host, int updates) => Eventually.That(async () =>
    {
        // Connections report what they did when they are idle for a while; each look makes its own connection say what it has.
        await host.ExecuteAsync("select pg_stat_force_next_flush()");
        var counts = await host.QueryAsync(
            "select n_tup_upd, n_tup_hot_upd from pg_stat_user_tables where relname = 'job_open' and schemaname = current_schema()",
            row => (row.GetInt64(0), row.GetInt64(1)));
        Assert.Equal([(updates, updates)], counts);
    }, Ct);
}
