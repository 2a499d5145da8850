using AiPlatform.Testing;
using Npgsql;

namespace AiPlatform.Jobs.Tests;

/// <summary>Connections whose other end is gone without a word, as after a failover or a lost entry of a firewall.</summary>
public sealed class DeadConnectionTests(Stores stores)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Where_one_is_found_dead_the_others_of_its_pool_are_not_waited_for()
    {
        var address = new NpgsqlConnectionStringBuilder(stores.ConnectionString);
        await using var network = TcpProxy.Start(address.Host!, address.Port);
        await using var host = await JobsHost.StartAsync(
            stores, maintenance: false, postgres: network, databaseAddress: $"{stores.ConnectionString};Command Timeout=2;Cancellation Timeout=-1");
        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => AskAsync()));
        network.Abandon();
        await Assert.ThrowsAsync<StoreUnavailableException>(AskAsync);
        await AskAsync();

        Task AskAsync() => host.Queue.GetAsync(JobScope.All, Guid.CreateVersion7(), Ct);
    }
}
