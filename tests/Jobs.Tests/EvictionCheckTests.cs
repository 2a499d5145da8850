using AiPlatform.Testing;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace AiPlatform.Jobs.Tests;

/// <summary>A Redis that may throw the index away is told of once. Every test leaves the server as a fresh one is.</summary>
public sealed class EvictionCheckTests(OwnStores own) : IClassFixture<OwnStores>, IAsyncLifetime
{
    const int Evicts = 2111;
    const int Refused = 2112;
    const int Looked = 2113;
    const int RefusedAsAMistake = 2103;
    const int Away = 2101;
    const int Back = 2102;
    const int Replaced = 2104;

    ConnectionMultiplexer? _admin;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _admin = await ConnectionMultiplexer.ConnectAsync(own.Stores.RedisConnectionString);

    public async ValueTask DisposeAsync()
    {
        await AskAsync("ACL", "SETUSER", "default", "+info");
        await AskAsync("CONFIG", "SET", "maxmemory", "0");
        await AskAsync("CONFIG", "SET", "maxmemory-policy", "noeviction");
        _admin!.Dispose();
    }

    [Fact]
    public async Task A_server_that_evicts_is_warned_of_once_at_the_start()
    {
        await AskAsync("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
        using var logs = new LogRecorder();
        await using var host = await JobsHost.StartAsync(own.Stores, logs: logs);
        var warning = Assert.Single(logs.Of(Evicts));
        Assert.Equal(LogLevel.Warning, warning.Level);
        Assert.Contains("'allkeys-lru'", warning.Message, StringComparison.Ordinal);
        Assert.Contains("Set 'maxmemory-policy noeviction'", warning.Message, StringComparison.Ordinal);

        await ReconnectAsync(logs);
        Assert.Single(logs.Of(Evicts));
    }

    [Fact]
    public async Task A_server_that_keeps_the_index_is_not_spoken_of_until_a_reconnect_finds_it_changed()
    {
        using var logs = new LogRecorder();
        await using var host = await JobsHost.StartAsync(own.Stores, logs: logs);
        Assert.Empty(logs.Of(Evicts));
        await AskAsync("CONFIG", "SET", "maxmemory-policy", "volatile-ttl");
        await ReconnectAsync(logs);
        Assert.Contains("'volatile-ttl'", Assert.Single(logs.Of(Evicts)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_does_not_say_is_no_reason_to_worry_anyone()
    {
        await AskAsync("ACL", "SETUSER", "default", "-info");
        using var logs = new LogRecorder();
        await using var host = await JobsHost.StartAsync(own.Stores, logs: logs);
        Assert.Equal(LogLevel.Debug, Assert.Single(logs.Of(Refused)).Level);
        Assert.Empty(logs.Of(Evicts));
        Assert.Empty(logs.Of(RefusedAsAMistake));
        Assert.False(host.Queue.IsDegraded);
    }

    [Fact]
    public async Task A_full_server_that_evicts_nothing_stops_nothing()
    {
        await using var host = await JobsHost.StartAsync(own.Stores);
        await host.BuiltAsync();
        await AskAsync("CONFIG", "SET", "maxmemory", "1");
        var first = await host.SubmitAsync();
        var second = await host.SubmitAsync();
        Assert.Equal([first, second], (await host.ClaimAsync(limit: 2)).Select(claim => claim.Id));

        await AskAsync("CONFIG", "SET", "maxmemory", "0");
        await Eventually.That(() => Assert.False(host.Queue.IsDegraded), Ct);
        await host.BuiltAsync();
    }

    [Fact]
    public async Task A_server_that_stays_full_is_spoken_of_once()
    {
        using var logs = new LogRecorder();
        await using var host = await JobsHost.StartAsync(own.Stores, logs: logs);
        await host.BuiltAsync();
        await AskAsync("CONFIG", "RESETSTAT");
        await AskAsync("CONFIG", "SET", "maxmemory", "1");
        var first = await host.SubmitAsync();
        // It is asked again and again meanwhile, and answers.
        await Eventually.That(async () => Assert.Matches("cmdstat_(set|setex):.*rejected_calls=([3-9]|[1-9][0-9])", (string)(await AskAsync("INFO", "commandstats"))!), Ct);
        var second = await host.SubmitAsync();
        Assert.Contains("OOM", Assert.Single(OfRedis(logs, Away)).Message, StringComparison.Ordinal);
        Assert.Empty(OfRedis(logs, Back));
        Assert.Empty(OfRedis(logs, Replaced));
        Assert.True(host.Queue.IsDegraded);

        await AskAsync("CONFIG", "SET", "maxmemory", "0");
        await Eventually.That(() => Assert.Single(OfRedis(logs, Back)), Ct);
        await host.BuiltAsync();
        Assert.Equal([first, second], (await host.ClaimAsync(limit: 2)).Select(claim => claim.Id));
    }

    /// <summary>Without those of Npgsql, which has the same numbers.</summary>
    static LogRecorder.Line[] OfRedis(LogRecorder logs, int eventId) =>
        [.. logs.Of(eventId).Where(line => line.Message.Contains("Redis", StringComparison.Ordinal))];

    /// <summary>Cuts every connection but the one that asks, and waits for the host's next look.</summary>
    async Task ReconnectAsync(LogRecorder logs)
    {
        var looked = logs.Of(Looked).Count;
        await AskAsync("CLIENT", "KILL", "TYPE", "normal");
        await Eventually.That(() => Assert.True(logs.Of(Looked).Count > looked), Ct);
    }

    Task<RedisResult> AskAsync(string command, params object[] arguments) => _admin!.GetDatabase().ExecuteAsync(command, arguments);
}
