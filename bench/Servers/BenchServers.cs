using System.Globalization;
using System.Net;
using System.Text.Json;
using AiPlatform.Bench.Systems;
using AiPlatform.Testing;
using Npgsql;
using StackExchange.Redis;

namespace AiPlatform.Bench.Servers;

/// <summary>Where Redis is, in the words of its Node client.</summary>
sealed record RedisAddress(string Host, int Port, string? Password, int Db);

/// <summary>One private Postgres and one private Redis for every system: each has a database of its own on both.</summary>
sealed class BenchServers : IAsyncDisposable
{
    /// <summary>What is not the default, the same for everybody: memory for a backlog, and no checkpoint that hits one system and spares the next.</summary>
    static readonly (string Name, string Value)[] PostgresSettings =
        [("shared_buffers", "512MB"), ("max_wal_size", "8GB"), ("checkpoint_timeout", "30min")];

    /// <summary>Connections to Postgres that a peer may have. Our own processes have two pools of equal size, with and without pinned plans, which
    /// share this number.</summary>
    const int Connections = 20;

    static readonly string[] PostgresShown = ["fsync", "synchronous_commit", "full_page_writes", "wal_compression", .. PostgresSettings.Select(setting => setting.Name)];

    static readonly (string Name, string Value)[] RedisSettings = [("appendonly", "yes"), ("appendfsync", "everysec")];

    readonly Stores _stores;
    readonly NpgsqlDataSource _postgres;
    readonly IConnectionMultiplexer _redis;
    int? _postmaster;

    BenchServers(Stores stores, NpgsqlDataSource postgres, IConnectionMultiplexer redis) => (_stores, _postgres, _redis) = (stores, postgres, redis);

    /// <summary>Versions and settings, for the report.</summary>
    public IReadOnlyList<string> Description { get; private set; } = [];

    public static async Task<BenchServers> StartAsync(CancellationToken ct)
    {
        var stores = await Stores.StartAsync(ct, syncsToDisk: true);
        var postgres = NpgsqlDataSource.Create(stores.ConnectionString);
        foreach (var (name, value) in PostgresSettings)
        {
            await ExecuteAsync(postgres, $"alter system set {name} = '{value}'", ct);
        }
        postgres.Clear();
        await stores.Postgres.StopAsync(ct);
        await stores.Postgres.StartAsync(ct);
        var redis = await ConnectionMultiplexer.ConnectAsync(stores.RedisConnectionString + ",allowAdmin=true,syncTimeout=60000");
        foreach (var (name, value) in RedisSettings)
        {
            await redis.GetDatabase().ExecuteAsync("CONFIG", "SET", name, value);
        }
        var servers = new BenchServers(stores, postgres, redis);
        await servers.DescribeAsync(ct);
        return servers;
    }

    /// <summary>An empty database of each kind for a system, and the variables by which its program finds them.</summary>
    public async Task<(string Database, Dictionary<string, string> Variables)> PrepareAsync(SystemUnderTest system, CancellationToken ct)
    {
        var number = NumberOf(system);
        var database = DatabaseOf(system);
        await DropAsync(system);
        await ExecuteAsync(_postgres, $"create database {database}", ct);

        var postgres = new NpgsqlConnectionStringBuilder(_stores.ConnectionString) { Database = database };
        var redis = ConfigurationOptions.Parse(_stores.RedisConnectionString);
        var (host, port) = redis.EndPoints.Single() switch
        {
            DnsEndPoint name => (name.Host, name.Port),
            IPEndPoint address => (address.Address.ToString(), address.Port),
            var other => throw new NotSupportedException($"Redis at {other}."),
        };
        return (database, new Dictionary<string, string>
        {
            ["ConnectionStrings__jobs"] = new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { MaxPoolSize = Connections / 2 }.ConnectionString,
            ["ConnectionStrings__redis"] = $"{_stores.RedisConnectionString},defaultDatabase={number}",
            // Channels are not kept apart by database.
            ["REDIS_KEY_PREFIX"] = database,
            ["BENCH_CONNECTIONS"] = Connections.ToString(CultureInfo.InvariantCulture),
            ["BENCH_DATABASE"] = $"postgres://{postgres.Username}:{Uri.EscapeDataString(postgres.Password ?? "")}@{postgres.Host}:{postgres.Port}/{database}",
            ["BENCH_REDIS"] = JsonSerializer.Serialize(new RedisAddress(host, port, redis.Password, number), WireJson.Default.RedisAddress),
        });
    }

    public async Task DropAsync(SystemUnderTest system)
    {
        await ExecuteAsync(_postgres, $"drop database if exists {DatabaseOf(system)} with (force)", CancellationToken.None);
        await _redis.GetDatabase(NumberOf(system)).ExecuteAsync("FLUSHDB", "SYNC");
    }

    /// <summary>A transaction in that database that has read and stays open, as a long report would.</summary>
    public async Task<NpgsqlConnection> HoldSnapshotAsync(string database, CancellationToken ct)
    {
        var settings = new NpgsqlConnectionStringBuilder(_stores.ConnectionString) { Database = database, Pooling = false };
        var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(ct);
        await using var begin = new NpgsqlCommand("begin isolation level repeatable read", connection);
        await begin.ExecuteNonQueryAsync(ct);
        // An id of its own makes it hold back vacuum for certain.
        await using var read = new NpgsqlCommand("select pg_current_xact_id()::text", connection);
        await read.ExecuteScalarAsync(ct);
        return connection;
    }

    /// <summary>Jobs of our own that have finished, one every millisecond before now.</summary>
    /// <param name="first">How many there are already.</param>
    public async Task AddFinishedAsync(string database, int first, int count, CancellationToken ct)
    {
        var settings = new NpgsqlConnectionStringBuilder(_stores.ConnectionString) { Database = database, Pooling = false, CommandTimeout = 0 };
        await using var source = NpgsqlDataSource.Create(settings.ConnectionString);
        await using var insert = source.CreateCommand("""
            with finished as (
              select (lpad(to_hex((extract(epoch from now()) * 1000)::bigint - n), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid as id
              from generate_series($1::bigint, $1::bigint + $2 - 1) n
            ), jobs as (
              insert into job (id, owner_service, task_type, model_profile, priority, max_attempts, input)
              select id, 'history', 'llm_chat', 'finished', 3, 3, json_build_object('text', repeat('x', 230)) from finished
            )
            insert into job_result (id, lane, owner, state, attempt, rescues, lease_token, worker_id, started_at, result)
            select id, 1, 1, 2, 1, 0, gen_random_uuid(), 'worker', now(), '{"ok":true}' from finished
            """);
        insert.Parameters.AddWithValue((long)first);
        insert.Parameters.AddWithValue(count);
        await insert.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Settles what earlier measurements left to be written.</summary>
    public Task CheckpointAsync(CancellationToken ct) => ExecuteAsync(_postgres, "checkpoint", ct);

    public async Task<Cost> ReadCostAsync(CancellationToken ct)
    {
        var wal = await ScalarAsync<decimal>("select pg_current_wal_insert_lsn() - '0/0'::pg_lsn", ct);
        var info = (await _redis.GetDatabase().ExecuteAsync("INFO", "cpu")).ToString() ?? "";
        var redis = info.Split("\r\n").Select(line => line.Split(':'))
            .Where(pair => pair[0] is "used_cpu_user" or "used_cpu_sys" or "used_cpu_user_children" or "used_cpu_sys_children")
            .Sum(pair => double.Parse(pair[1], CultureInfo.InvariantCulture));
        var postgres = _postmaster is { } postmaster ? ProcessTimes.OfFamily(postmaster) : null;
        return new Cost(TimeSpan.Zero, TimeSpan.Zero, postgres, TimeSpan.FromSeconds(redis), (long)wal);
    }

    public async ValueTask DisposeAsync()
    {
        await _redis.CloseAsync();
        await _postgres.DisposeAsync();
        await _stores.DisposeAsync();
    }

    /// <summary>Of its Redis database; 0 stays empty.</summary>
    static int NumberOf(SystemUnderTest system) => SystemUnderTest.All.TakeWhile(other => other != system).Count() + 1;

    static string DatabaseOf(SystemUnderTest system) => $"bench_{NumberOf(system)}";

    async Task DescribeAsync(CancellationToken ct)
    {
        _postmaster = ProcessTimes.ParentOf(await ScalarAsync<int>("select pg_backend_pid()", ct));
        var postgres = await ScalarAsync<string>("select current_setting('server_version')", ct);
        List<string> settings = [];
        foreach (var name in PostgresShown)
        {
            settings.Add($"{name} {await ScalarAsync<string>($"select current_setting('{name}')", ct)}");
        }
        var info = (await _redis.GetDatabase().ExecuteAsync("INFO", "server")).ToString() ?? "";
        var redis = info.Split("\r\n").First(line => line.StartsWith("redis_version:", StringComparison.Ordinal)).Split(':')[1];
        Description =
        [
            $"PostgreSQL {postgres}: {string.Join(", ", settings)}",
            $"Redis {redis}: {string.Join(", ", RedisSettings.Select(setting => $"{setting.Name} {setting.Value}"))}",
        ];
    }

    async Task<T> ScalarAsync<T>(string sql, CancellationToken ct)
    {
        await using var command = _postgres.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(ct) ?? throw new InvalidOperationException($"'{sql}' answered nothing."));
    }

    static async Task ExecuteAsync(NpgsqlDataSource postgres, string sql, CancellationToken ct)
    {
        await using var command = postgres.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(ct);
    }
}
