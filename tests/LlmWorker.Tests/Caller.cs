using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using StackExchange.Redis;

namespace AiPlatform.LlmWorker.Tests;

/// <summary>A process that submits jobs and keeps the queue, on a schema and a key prefix of its own, without a worker.</summary>
sealed class Caller : IAsyncDisposable
{
    readonly IHost host;
    readonly Dictionary<string, string> environment;

    Caller(IHost host, Dictionary<string, string> environment) => (this.host, this.environment) = (host, environment);

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public JobQueue Queue => host.Services.GetRequiredService<JobQueue>();

    public static async Task<Caller> StartAsync(Stores stores, int maxRescues = 5)
    {
        var schema = $"t_{Guid.NewGuid():N}";
        await using var source = NpgsqlDataSource.Create(stores.ConnectionString);
        await using var create = source.CreateCommand($"create schema {schema}");
        await create.ExecuteNonQueryAsync(Ct);

        var environment = new Dictionary<string, string>
        {
            ["ConnectionStrings__jobs"] = $"{stores.ConnectionString};Search Path={schema};Maximum Pool Size=10",
            ["ConnectionStrings__redis"] = stores.RedisConnectionString,
            ["REDIS_KEY_PREFIX"] = schema,
            ["JOB_RETRY_DELAY"] = "20ms",
            // A busy machine may take seconds for an answer.
            ["REDIS_TIMEOUT"] = "30s",
            ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
            // Whichever process does the maintenance.
            ["JOB_MAX_RESCUES"] = $"{maxRescues}",
        };
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(environment.ToDictionary(pair => pair.Key.Replace("__", ":", StringComparison.Ordinal), pair => (string?)pair.Value));
        builder.AddJobConnections();
        builder.AddNpgsqlDataSource("jobs");
        builder.AddRedisClient("redis");
        builder.AddJobs().AddJobMaintenance();
        builder.Services.AddMetrics();
        builder.Services.Configure<JobsOptions>(options => (options.KeyPrefix, options.MaxRescues) = (schema, maxRescues));
        var host = builder.Build();
        await host.StartAsync(Ct);
        return new Caller(host, environment);
    }

    /// <summary>Starts a worker on the same queue.</summary>
    public Task<WorkerProcess> WorkerAsync(params (string Name, string Value)[] settings) => StartWorker(settings).ReadyAsync();

    /// <summary>Starts an API on the same queue.</summary>
    public Task<ServiceProcess> ApiAsync() => ServiceProcess.StartAsync("Api", environment.ToDictionary(pair => pair.Key, pair => (string?)pair.Value), Ct);

    public WorkerProcess StartWorker(params (string Name, string Value)[] settings) =>
        WorkerProcess.Start(environment.Concat(settings.Select(setting => KeyValuePair.Create(setting.Name, setting.Value))));

    public async Task<Guid> SubmitAsync(
        string input = Call.Hello, string task = "llm_chat", string profile = "default", int attempts = 3, JobPriority priority = JobPriority.Normal,
        DateTimeOffset? deadline = null, string owner = "tests")
    {
        var outcomes = await Queue.SubmitAsync(
            [
                new NewJob
                {
                    OwnerService = owner,
                    TaskType = task,
                    ModelProfile = profile,
                    Priority = priority,
                    MaxAttempts = attempts,
                    Deadline = deadline,
                    Input = JsonElement.Parse(input),
                },
            ], Ct);
        return Assert.Single(outcomes).Id;
    }

    /// <summary>Limits how many jobs of an owner run at a time. Waits until claims go by Redis: until then limits rest.</summary>
    public async Task LimitAsync(string owner, int mostRunning)
    {
        var redis = host.Services.GetRequiredService<IConnectionMultiplexer>().GetDatabase();
        await Eventually.That(async () => Assert.True(await redis.KeyExistsAsync($"{{{environment["REDIS_KEY_PREFIX"]}}}:epoch")), Ct);
        await Queue.SetShareAsync(new OwnerShare(owner, Weight: 1, mostRunning), "tests", Ct);
    }

    public async Task<JobView> FinalAsync(Guid id)
    {
        var job = await Queue.WaitAsync(JobScope.All, id, TimeSpan.FromSeconds(120), Ct) ?? throw new InvalidOperationException($"No job {id}.");
        Assert.True(job.Status is JobStatus.Completed or JobStatus.Failed or JobStatus.Cancelled, $"Job {id} is still {job.Status}.");
        return job;
    }

    /// <summary>Waits until a worker holds the job. Tokens would not do: they may be dropped while a busy Redis counts as away.</summary>
    public Task RunningAsync(Guid id) => Eventually.That(
        async () => Assert.Equal(JobStatus.Running, (await Queue.GetAsync(JobScope.All, id, Ct))?.Status), Ct);

    public async Task<(JobStatus Status, string? WorkerId)> HolderAsync(Guid id)
    {
        var job = await Queue.GetAsync(JobScope.All, id, Ct) ?? throw new InvalidOperationException($"No job {id}.");
        return (job.Status, job.WorkerId);
    }

    /// <summary>Moves the deadline of an open job into the past.</summary>
    public async Task DeadlinePassesAsync(Guid id)
    {
        await using var command = host.Services.GetRequiredService<NpgsqlDataSource>()
            .CreateCommand("update job_open set deadline = now() - interval '1 s' where id = $1");
        command.Parameters.AddWithValue(id);
        Assert.Equal(1, await command.ExecuteNonQueryAsync(Ct));
    }

    /// <summary>Waits until the job has said its first token, so that the model server certainly works on it.</summary>
    public async Task TokenAsync(Guid id)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        limit.CancelAfter(TimeSpan.FromSeconds(90));
        List<JobEvent> seen = [];
        await foreach (var entry in Queue.EventsAsync(JobScope.All, id, null, limit.Token))
        {
            if (entry.Type == JobEventTypes.Token)
            {
                return;
            }
            seen.Add(entry);
        }
        throw new InvalidOperationException($"Job {id} ended without a token: {string.Join('\n', seen)}");
    }

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync(CancellationToken.None);
        host.Dispose();
    }
}
