using AiPlatform.Testing;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

public sealed class MaintenanceLeaderTests(Stores stores)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_many_processes_one_leads_and_another_takes_over_when_it_stops()
    {
        var first = await JobsHost.StartAsync(stores);
        await Eventually.That(async () => Assert.Equal([first.Name], await LeadersAsync(first)), Ct);
        await using var second = await JobsHost.StartAsync(stores, beside: first);
        await using var third = await JobsHost.StartAsync(stores, beside: first);
        Assert.Equal([first.Name], await LeadersAsync(second));

        await first.DisposeAsync();
        await Eventually.That(async () => Assert.Contains(Assert.Single(await LeadersAsync(second)), (string[])[second.Name, third.Name]), Ct);
        await AssertMaintainedAsync(second);
    }

    [Fact]
    public async Task A_leader_that_stops_serves_no_lock_while_it_drains()
    {
        await using var host = await JobsHost.StartAsync(stores);
        await Eventually.That(async () => Assert.Single(await LeadersAsync(host)), Ct);
        await host.StopAsync();
        await Eventually.That(async () => Assert.Empty(await LeadersAsync(host)), Ct);
    }

    [Fact]
    public async Task A_process_that_stops_while_it_asks_for_the_lock_keeps_none()
    {
        await using var first = await JobsHost.StartAsync(stores, maintenance: false);
        for (var round = 0; round < 20; round++)
        {
            await using var host = await JobsHost.StartAsync(stores, beside: first);
            // Each time at another point of its start.
            await Task.Delay(round, Ct);
            await host.StopAsync();
            Assert.Empty(await LeadersAsync(first));
        }
    }

    [Fact]
    public async Task A_leader_whose_connection_is_cut_leads_again()
    {
        await using var host = await JobsHost.StartAsync(stores);
        await Eventually.That(async () => Assert.Single(await LeadersAsync(host)), Ct);
        var pid = (await PidsAsync(host))[0];
        Assert.True((await host.QueryAsync($"select pg_terminate_backend({pid})", row => row.GetBoolean(0)))[0]);

        await Eventually.That(async () => Assert.NotEqual(pid, Assert.Single(await PidsAsync(host))), Ct);
        await AssertMaintainedAsync(host);
    }

    [Fact]
    public async Task A_leader_that_falls_silent_with_its_connections_open_is_replaced()
    {
        var address = new Npgsql.NpgsqlConnectionStringBuilder(stores.ConnectionString);
        await using var network = TcpProxy.Start(address.Host!, address.Port);
        await using var first = await JobsHost.StartAsync(stores, postgres: network);
        await Eventually.That(async () => Assert.Equal([first.Name], await LeadersAsync(first)), Ct);
        await using var second = await JobsHost.StartAsync(stores, beside: first);

        network.Silence();
        await Eventually.That(async () => Assert.Equal([second.Name], await LeadersAsync(second)), Ct);
        await AssertMaintainedAsync(second);
        network.Cut();
    }

    [Fact]
    public async Task A_leader_that_lost_Redis_for_itself_leaves_the_loops_to_another()
    {
        await using var network = JobsHost.ProxyToRedis(stores);
        await using var first = await JobsHost.StartAsync(stores, redis: network);
        await first.BuiltAsync();
        Assert.Equal([first.Name], await LeadersAsync(first));
        await using var second = await JobsHost.StartAsync(stores, beside: first);

        network.Silence();
        await Eventually.That(async () => Assert.Equal([second.Name], await LeadersAsync(second)), Ct);
        await AssertMaintainedAsync(second);
        network.Resume();
    }

    /// <summary>A delayed job starts only because the loops run.</summary>
    static async Task AssertMaintainedAsync(JobsHost host)
    {
        var runAt = (await host.QueryAsync("select now() + interval '0.3 s'", row => row.GetFieldValue<DateTimeOffset>(0)))[0];
        var id = await host.SubmitAsync(Job() with { RunAt = runAt });
        Assert.Equal(id, (await host.ClaimOneAsync(waitSeconds: 60)).Id);
    }

    static Task<List<string>> LeadersAsync(JobsHost host) => LocksAsync(host, "a.application_name", row => row.GetString(0));

    static Task<List<int>> PidsAsync(JobsHost host) => LocksAsync(host, "a.pid", row => row.GetInt32(0));

    /// <summary>Hosts of one schema have names that begin with it; the lock of this schema has its hash in the key.</summary>
    static Task<List<T>> LocksAsync<T>(JobsHost host, string column, Func<Npgsql.NpgsqlDataReader, T> read) => host.QueryAsync(
        $"select {column} from pg_locks l join pg_stat_activity a on a.pid = l.pid "
        + $"where l.locktype = 'advisory' and l.granted and a.application_name like '{host.Schema}%'", read);
}
