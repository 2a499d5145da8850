using AiPlatform.Bench.Servers;

namespace AiPlatform.Bench.Systems;

/// <summary>A system with a fresh database and a fresh Redis database, warmed up.</summary>
sealed class Session : IAsyncDisposable
{
    public const int Slots = 32;

    const int WarmupStep = 500;
    const int WarmupBulk = 10_000;

    /// <summary>Runtimes that compile as they run need some seconds to be at their best; a slow system is not held up longer.</summary>
    static readonly TimeSpan WarmupAdds = TimeSpan.FromSeconds(4);

    readonly BenchServers _servers;
    readonly SystemProcess? _server;
    readonly SystemProcess _client;

    Session(SystemUnderTest system, BenchServers servers, string database, SystemProcess? server, SystemProcess client)
    {
        (System, _servers, Database, _server, _client) = (system, servers, database, server, client);
    }

    public SystemUnderTest System { get; }

    public string Database { get; }

    public Answer Hello => _client.Hello;

    public static async Task<Session> OpenAsync(SystemUnderTest system, BenchServers servers, CancellationToken ct)
    {
        var (database, variables) = await servers.PrepareAsync(system, ct);
        KeyValuePair<string, string>[] environment = [.. variables, .. system.Environment];
        SystemProcess? server = null;
        if (system.Level is "http" or "http-parse")
        {
            server = await SystemProcess.StartAsync("The API", Own.File, Own.Arguments("api"), environment, ct);
            environment = [.. environment, KeyValuePair.Create("BENCH_API", server.Hello.Address!.AbsoluteUri)];
        }
        try
        {
            var client = system.Level is { } level
                ? await SystemProcess.StartAsync(system.Name, Own.File, Own.Arguments(level), environment, ct)
                : await SystemProcess.StartAsync(system.Name, "node", [Path.Combine(Peers.Folder, system.Program!)], environment, ct);
            var session = new Session(system, servers, database, server, client);
            await session.WarmUpAsync(ct);
            return session;
        }
        catch when (server is not null)
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public Task<Answer> AskAsync(Command command, CancellationToken ct) => _client.AskAsync(command, ct);

    /// <summary>The answer, and what the call cost in processor time and write-ahead log.</summary>
    public async Task<(Answer Answer, Cost Cost)> MeasureAsync(Command command, CancellationToken ct)
    {
        var before = await ReadCostAsync(ct);
        var answer = await AskAsync(command, ct);
        return (answer, await ReadCostAsync(ct) - before);
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
        await _servers.DropAsync(System);
    }

    async Task<Cost> ReadCostAsync(CancellationToken ct) =>
        await _servers.ReadCostAsync(ct) with { Client = _client.CpuTime, Server = _server?.CpuTime ?? TimeSpan.Zero };

    async Task WarmUpAsync(CancellationToken ct)
    {
        var start = TimeProvider.System.GetTimestamp();
        var jobs = 0;
        while (TimeProvider.System.GetElapsedTime(start) < WarmupAdds)
        {
            await AskAsync(new Command("add", WarmupStep, Parallel: Slots), ct);
            jobs += WarmupStep;
        }
        if (System.Level == "http-parse")
        {
            return;
        }
        await AskAsync(new Command("bulk", WarmupBulk), ct);
        await AskAsync(new Command("drain", jobs + WarmupBulk, Slots: Slots), ct);
    }
}
