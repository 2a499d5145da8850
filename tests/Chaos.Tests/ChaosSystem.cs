using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Testing;
using Npgsql;
using StackExchange.Redis;

namespace AiPlatform.Chaos.Tests;

/// <summary>The system under test: two API and two worker processes, a Postgres and a Redis of their own, and a model server that is never harmed.</summary>
sealed class ChaosSystem : IAsyncDisposable
{
    readonly ModelServer _models;

    ChaosSystem(Stores stores, ModelServer models, IReadOnlyList<ChaosProcess> apis, IReadOnlyList<ChaosProcess> workers) =>
        (Stores, _models, Apis, Workers) = (stores, models, apis, workers);

    public const string Schema = "chaos";

    public Stores Stores { get; }

    public IReadOnlyList<ChaosProcess> Apis { get; }

    public IReadOnlyList<ChaosProcess> Workers { get; }

    public SemaphoreSlim PostgresTurn { get; } = new(1, 1);

    public SemaphoreSlim RedisTurn { get; } = new(1, 1);

    public static async Task<ChaosSystem> StartAsync(History history, CancellationToken ct)
    {
        var stores = await Stores.StartAsync(ct);
        await using (var source = NpgsqlDataSource.Create(stores.ConnectionString))
        {
            await using var create = source.CreateCommand($"create schema {Schema}");
            await create.ExecuteNonQueryAsync(ct);
        }
        var models = await ModelServer.StartAsync(history, ct);
        var apis = Enumerable.Range(1, 2).Select(i => ChaosProcess.Create($"api-{i}", "Api", stores, Schema)).ToArray();
        var workers = Enumerable.Range(1, 2).Select(i => ChaosProcess.Create(
            $"llm-{i}", "LlmWorker", stores, Schema, ("WORKER_ID", $"llm-{i}"), ("WORKER_RENEWED_LEASE", "3s"), ("WORKER_GRACE_PERIOD", "2s"),
            ("LLM_BASE_URL", $"{models.Address}"), ("LLM_API_KEY", $"llm-{i}"), ("LLM_MODEL", $"llm-{i}"))).ToArray();
        var system = new ChaosSystem(stores, models, apis, workers);
        try
        {
            await apis[0].StartAsync(ct);
            await Task.WhenAll([apis[1].StartAsync(ct), .. workers.Select(worker => worker.StartAsync(ct))]);
            return system;
        }
        catch
        {
            await system.DisposeAsync();
            throw;
        }
    }

    /// <summary>Rows, read past all proxies.</summary>
    public async Task<List<T>> QueryAsync<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken ct)
    {
        await using var source = NpgsqlDataSource.Create($"{Stores.ConnectionString};Search Path={Schema};Pooling=false");
        await using var command = source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<T>();
        while (await reader.ReadAsync(ct))
        {
            rows.Add(read(reader));
        }
        return rows;
    }

    public async Task FlushRedisAsync()
    {
        using var redis = await ConnectionMultiplexer.ConnectAsync($"{Stores.RedisConnectionString},allowAdmin=true");
        await redis.GetDatabase().ExecuteAsync("FLUSHALL");
    }

    /// <summary>The ids that the index still holds anywhere.</summary>
    public async Task<IReadOnlyList<string>> IndexedAsync()
    {
        using var redis = await ConnectionMultiplexer.ConnectAsync(Stores.RedisConnectionString);
        var database = redis.GetDatabase();
        List<string> left = [];
        foreach (var key in (RedisKey[])(await database.ExecuteAsync("KEYS", $"{{{Schema}}}:*"))!)
        {
            if (await database.KeyTypeAsync(key) == RedisType.SortedSet)
            {
                left.AddRange((await database.SortedSetRangeByRankAsync(key)).Select(id => $"{key}: {id}"));
            }
        }
        return left;
    }

    /// <summary>Whatever does not yet work with a whole index in Redis.</summary>
    public async Task<IReadOnlyList<string>> UnsettledAsync(CancellationToken ct)
    {
        List<string> left = [];
        using (var redis = await ConnectionMultiplexer.ConnectAsync(Stores.RedisConnectionString))
        {
            if (!await redis.GetDatabase().KeyExistsAsync($"{{{Schema}}}:epoch"))
            {
                left.Add("the index is not rebuilt: it has no epoch");
            }
        }
        foreach (var api in Apis)
        {
            try
            {
                if ((await StatsAsync(api, ct)).Degraded)
                {
                    left.Add($"{api.Name} says that it is degraded");
                }
            }
            catch (Exception away) when (away is HttpRequestException || (away is OperationCanceledException && !ct.IsCancellationRequested))
            {
                left.Add($"{api.Name} does not answer: {away.Message}");
            }
        }
        return left;
    }

    public static async Task<QueueStats> StatsAsync(ChaosProcess api, CancellationToken ct)
    {
        using var http = new HttpClient { BaseAddress = api.Address, Timeout = TimeSpan.FromSeconds(10) };
        var body = await http.GetStringAsync(new Uri("/api/v1/stats", UriKind.Relative), ct);
        return JsonSerializer.Deserialize(body, ContractsJson.Default.QueueStats)!;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in Apis.Concat(Workers))
        {
            await process.DisposeAsync();
        }
        await _models.DisposeAsync();
        await Stores.DisposeAsync();
        PostgresTurn.Dispose();
        RedisTurn.Dispose();
    }
}
