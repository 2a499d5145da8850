using System.Globalization;
using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs.Index;
using AiPlatform.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using StackExchange.Redis;

namespace AiPlatform.Jobs.Tests;

/// <summary>A process' worth of Jobs on a schema and a key prefix of its own. Several of them on one schema are several processes.</summary>
sealed class JobsHost : IAsyncDisposable
{
    readonly IHost _host;

    JobsHost(IHost host, string schema, string name) => (_host, Schema, Name) = (host, schema, name);

    public string Schema { get; }

    /// <summary>What Postgres knows its connections by.</summary>
    public string Name { get; }

    public JobQueue Queue => Get<JobQueue>();

    public T Get<T>() where T : notnull => _host.Services.GetRequiredService<T>();

    public IDatabase Redis => Get<IConnectionMultiplexer>().GetDatabase();

    public static async Task<string> NewSchemaAsync(Stores stores)
    {
        var schema = $"t_{Guid.NewGuid():N}";
        await using var source = NpgsqlDataSource.Create(stores.ConnectionString);
        await using var create = source.CreateCommand($"create schema {schema}");
        await create.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        return schema;
    }

    public static async Task<JobsHost> StartAsync(
        Stores stores, bool maintenance = true, JobsHost? beside = null, string? schema = null, Action<JobsOptions>? configure = null,
        ILoggerProvider? logs = null, TcpProxy? postgres = null, TcpProxy? redis = null, TimeProvider? time = null, bool hasRedis = true, string? redisAddress = null,
        string? databaseAddress = null, string? user = null)
    {
        schema ??= beside?.Schema ?? await NewSchemaAsync(stores);
        var name = $"{schema}-{Guid.NewGuid():N}"[..50];
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        var through = (postgres is null ? "" : $";Host=127.0.0.1;Port={postgres.Port}") + (user is null ? "" : $";Username={user};Password={user}");
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:jobs"] = $"{databaseAddress ?? stores.ConnectionString}{through};Search Path={schema};Application Name={name};Maximum Pool Size=20",
            ["ConnectionStrings:redis"] = redisAddress ?? (!hasRedis ? "127.0.0.1:1" : redis is null
                ? stores.RedisConnectionString
                : string.Join(',', [$"127.0.0.1:{redis.Port}", .. stores.RedisConnectionString.Split(',').Skip(1)])),
        });
        builder.AddJobConnections();
        builder.AddNpgsqlDataSource("jobs");
        builder.AddRedisClient("redis");
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.AddJobs();
        if (maintenance)
        {
            builder.AddJobMaintenance();
        }
        builder.Services.AddMetrics();
        if (logs is not null)
        {
            builder.Logging.AddProvider(logs).SetMinimumLevel(LogLevel.Debug);
        }
        builder.Services.Configure<JobsOptions>(options =>
        {
            options.KeyPrefix = schema;
            options.RetryDelay = TimeSpan.FromMilliseconds(20);
            // A busy machine may take seconds for an answer. Tests in which Redis is silent wait less.
            options.RedisTimeout = redis is null ? TimeSpan.FromSeconds(30) : TimeSpan.FromSeconds(2);
            configure?.Invoke(options);
        });
        var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        return new JobsHost(host, schema, name);
    }

    /// <summary>A host with maintenance whose claims take one of the two ways and not the other: the built index, or Postgres for want of a Redis.</summary>
    public static async Task<JobsHost> StartOnPathAsync(
        Stores stores, bool byIndex, JobsHost? beside = null, Action<JobsOptions>? configure = null)
    {
        var host = await StartAsync(stores, beside: beside, configure: configure, hasRedis: byIndex);
        if (byIndex)
        {
            await host.BuiltAsync();
        }
        return host;
    }

    public async Task<List<T>> QueryAsync<T>(string sql, Func<NpgsqlDataReader, T> read)
    {
        await using var command = Get<NpgsqlDataSource>().CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var rows = new List<T>();
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
        {
            rows.Add(read(reader));
        }
        return rows;
    }

    public async Task<int> ExecuteAsync(string sql)
    {
        await using var command = Get<NpgsqlDataSource>().CreateCommand(sql);
        return await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Returns when a statement of this host, which contains the words, waits for a lock.</summary>
    public Task WaitsForALockAsync(string words) => Eventually.That(
        async () => Assert.NotEmpty(await QueryAsync(
            $"select pid from pg_stat_activity where application_name = '{Name}' and wait_event_type = 'Lock' and query like '%{words}%'",
            row => row.GetInt32(0))),
        TestContext.Current.CancellationToken);

    /// <summary>A piece of network to Redis, for a host that is to lose it while others do not.</summary>
    public static TcpProxy ProxyToRedis(Stores stores) => stores.RedisConnectionString.Split(',')[0].Split(':') is [var host, var port]
        ? TcpProxy.Start(host, int.Parse(port, CultureInfo.InvariantCulture))
        : throw new InvalidOperationException("An address of Redis with a port is expected.");

    /// <summary>Ends the hosted loops; connections and services stay, as in a process that drains.</summary>
    public Task StopAsync() => _host.StopAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _host.Dispose();
    }
}

/// <summary>One host without maintenance for all tests of a class, which keep apart by task type.</summary>
public sealed class QuietHost(Stores stores) : IAsyncLifetime
{
    JobsHost? _host;

    internal JobsHost Host => _host ?? throw new InvalidOperationException("The fixture was not initialized.");

    public async ValueTask InitializeAsync()
    {
        _host = await JobsHost.StartAsync(stores, maintenance: false);
        await _host.BuildEmptyAsync();
    }

    public ValueTask DisposeAsync() => _host?.DisposeAsync() ?? ValueTask.CompletedTask;
}

/// <summary>Short words for what every test of the queue says.</summary>
static class JobWords
{
    static readonly JsonElement Empty = JsonElement.Parse("{}");

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static NewJob Job(
        JobPriority priority = JobPriority.Normal, string task = "llm_chat", string profile = "default", string owner = "tests", int attempts = 3) => new()
        {
            OwnerService = owner,
            TaskType = task,
            ModelProfile = profile,
            Priority = priority,
            MaxAttempts = attempts,
            Input = Empty,
        };

    public static async Task<Guid> SubmitAsync(this JobsHost host, NewJob? job = null)
    {
        var outcome = Assert.Single(await host.Queue.SubmitAsync([job ?? Job()], Ct));
        Assert.Equal(SubmitResult.Created, outcome.Result);
        return outcome.Id;
    }

    public static Task<IReadOnlyList<ClaimedJob>> ClaimAsync(
        this JobsHost host, int limit = 1, string worker = "worker-1", string task = "llm_chat", double waitSeconds = 0, double leaseSeconds = 300) =>
        host.Queue.ClaimAsync(new ClaimRequest(
            worker, [task], [], limit, TimeSpan.FromSeconds(leaseSeconds), TimeSpan.FromSeconds(waitSeconds)), Ct);

    public static async Task<ClaimedJob> ClaimOneAsync(
        this JobsHost host, string task = "llm_chat", double waitSeconds = 60, double leaseSeconds = 300) =>
        Assert.Single(await host.ClaimAsync(task: task, waitSeconds: waitSeconds, leaseSeconds: leaseSeconds));

    /// <summary>Returns when claims go by the index: until the first build they read Postgres.</summary>
    public static Task BuiltAsync(this JobsHost host) => Eventually.That(async () => Assert.True(await host.Get<ReadyIndex>().IsBuiltAsync()), Ct);

    /// <summary>The same for a host without maintenance and without jobs: an empty index is complete.</summary>
    public static async Task BuildEmptyAsync(this JobsHost host)
    {
        Assert.True(await host.Get<ReadyIndex>().BeginBuildAsync("empty"));
        Assert.True(await host.Get<ReadyIndex>().EndBuildAsync("empty", highest: 0));
    }

    public static async Task CompleteAsync(this JobsHost host, ClaimedJob claim, string result = "1") =>
        Assert.Equal(RecordResult.Recorded, await host.Queue.CompleteAsync(JobFence.Of(claim), Json(result), Ct));

    /// <summary>A job that has been submitted and claimed.</summary>
    public static async Task<ClaimedJob> StartJobAsync(this JobsHost host, NewJob job)
    {
        var id = await host.SubmitAsync(job);
        var claim = await host.ClaimOneAsync(job.TaskType);
        Assert.Equal(id, claim.Id);
        return claim;
    }

    /// <summary>A task type that no other test uses: what keeps tests on one host apart.</summary>
    public static string NewTask() => $"task-{Guid.NewGuid():N}";

    public static async Task<JobView> ReadAsync(this JobsHost host, Guid id) =>
        await host.Queue.GetAsync(JobScope.All, id, Ct) ?? throw new InvalidOperationException($"No job {id}.");

    public static JsonElement Json(string text) => JsonElement.Parse(text);
}
