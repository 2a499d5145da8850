using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace AiPlatform.WorkerRuntime.Tests;

/// <summary>A worker process' worth of services, on a schema and a key prefix of its own unless it stands beside another worker.</summary>
sealed class WorkerHost : IAsyncDisposable
{
    readonly IHost host;
    bool stopped;

    WorkerHost(IHost host, string schema) => (this.host, Schema) = (host, schema);

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public string Schema { get; }

    public JobQueue Queue => Get<JobQueue>();

    public T Get<T>() where T : notnull => host.Services.GetRequiredService<T>();

    public static async Task<WorkerHost> StartAsync(
        Stores stores, ScriptedHandler handler, Action<WorkerOptions>? configure = null, WorkerHost? beside = null, TimeProvider? time = null,
        bool hasRedis = true)
    {
        var schema = beside?.Schema ?? $"t_{Guid.NewGuid():N}";
        if (beside is null)
        {
            await using var source = NpgsqlDataSource.Create(stores.ConnectionString);
            await using var create = source.CreateCommand($"create schema {schema}");
            await create.ExecuteNonQueryAsync(Ct);
        }

        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:jobs"] = $"{stores.ConnectionString};Search Path={schema};Maximum Pool Size=20",
            ["ConnectionStrings:redis"] = hasRedis ? stores.RedisConnectionString : "127.0.0.1:1",
        });
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.AddJobConnections();
        builder.AddNpgsqlDataSource("jobs");
        builder.AddRedisClient("redis");
        builder.AddJobs().AddJobMaintenance().AddWorker<ScriptedHandler>();
        builder.Services.AddSingleton(handler);
        builder.Services.Configure<JobsOptions>(options =>
            (options.KeyPrefix, options.RetryDelay, options.PollInterval, options.RedisTimeout) =
            (schema, TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(30)));
        builder.Services.Configure<WorkerOptions>(options => configure?.Invoke(options));

        var host = builder.Build();
        await host.StartAsync(Ct);
        return new WorkerHost(host, schema);
    }

    public async Task<Guid> SubmitAsync(
        int attempts = 3, DateTimeOffset? deadline = null, string? traceparent = null, JobPriority priority = JobPriority.Normal,
        string profile = "default", bool isAwaited = false)
    {
        var outcomes = await Queue.SubmitAsync(
            [
                new NewJob
                {
                    OwnerService = "tests",
                    TaskType = "llm_chat",
                    ModelProfile = profile,
                    Priority = priority,
                    MaxAttempts = attempts,
                    Deadline = deadline,
                    Traceparent = traceparent,
                    IsAwaited = isAwaited,
                    Input = JsonElement.Parse("{}"),
                },
            ], Ct);
        return Assert.Single(outcomes).Id;
    }

    public async Task<JobView> ReadAsync(Guid id) => await Queue.GetAsync(JobScope.All, id, Ct) ?? throw new InvalidOperationException($"No job {id}.");

    public async Task<JobView> FinalAsync(Guid id)
    {
        var job = await Queue.WaitAsync(JobScope.All, id, TimeSpan.FromSeconds(90), Ct) ?? throw new InvalidOperationException($"No job {id}.");
        Assert.True(job.Status is JobStatus.Completed or JobStatus.Failed or JobStatus.Cancelled, $"Job {id} is still {job.Status}.");
        return job;
    }

    /// <summary>What a stop signal does.</summary>
    public async Task StopAsync()
    {
        stopped = true;
        await host.StopAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        if (!stopped)
        {
            using var atOnce = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            await host.StopAsync(atOnce.Token);
        }
        host.Dispose();
    }
}
