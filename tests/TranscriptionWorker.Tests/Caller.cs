using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace AiPlatform.TranscriptionWorker.Tests;

/// <summary>Somebody who submits jobs, on a schema and a key prefix of its own, and starts workers for them as real processes.</summary>
sealed class Caller : IAsyncDisposable
{
    readonly IHost host;
    readonly Dictionary<string, string?> stores;

    Caller(IHost host, Dictionary<string, string?> stores) => (this.host, this.stores) = (host, stores);

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public JobQueue Queue => host.Services.GetRequiredService<JobQueue>();

    public JobCheckpoints Checkpoints => host.Services.GetRequiredService<JobCheckpoints>();

    public FileStore Files => host.Services.GetRequiredService<FileStore>();

    public static async Task<Caller> StartAsync(Stores servers)
    {
        var schema = $"t_{Guid.NewGuid():N}";
        await using (var source = NpgsqlDataSource.Create(servers.ConnectionString))
        await using (var create = source.CreateCommand($"create schema {schema}"))
        {
            await create.ExecuteNonQueryAsync(Ct);
        }
        var stores = new Dictionary<string, string?>
        {
            ["ConnectionStrings:jobs"] = $"{servers.ConnectionString};Search Path={schema};Maximum Pool Size=10",
            ["ConnectionStrings:redis"] = servers.RedisConnectionString,
        };
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(stores);
        builder.AddJobConnections();
        builder.AddNpgsqlDataSource("jobs");
        builder.AddRedisClient("redis");
        builder.AddJobs();
        builder.Services.Configure<JobsOptions>(options => options.KeyPrefix = schema);
        var host = builder.Build();
        await host.StartAsync(Ct);
        stores["REDIS_KEY_PREFIX"] = schema;
        // A busy machine may take seconds for an answer.
        stores["REDIS_TIMEOUT"] = "30s";
        return new Caller(host, stores);
    }

    public Task<ServiceProcess> WorkerAsync(params (string Name, string Value)[] settings)
    {
        var environment = stores.ToDictionary(pair => pair.Key.Replace(":", "__", StringComparison.Ordinal), pair => pair.Value);
        foreach (var (name, value) in settings)
        {
            environment[name] = value;
        }
        return ServiceProcess.StartAsync("TranscriptionWorker", environment, Ct);
    }

    public Task<Guid> SubmitAsync(byte[] audio, string taskType = "transcription", string profile = CreateJob.DefaultProfile) =>
        SubmitAsync(JsonSerializer.SerializeToElement(new { audio_base64 = Convert.ToBase64String(audio) }), taskType, profile);

    public async Task<Guid> SubmitAsync(
        JsonElement input, string taskType = "transcription", string profile = CreateJob.DefaultProfile, JobPriority priority = JobPriority.Normal)
    {
        var job = new NewJob { OwnerService = "tests", TaskType = taskType, ModelProfile = profile, MaxAttempts = 1, Input = input, Priority = priority };
        return Assert.Single(await Queue.SubmitAsync([job], Ct)).Id;
    }

    public async Task<JobView> FinalAsync(Guid id)
    {
        var job = await Queue.WaitAsync(JobScope.All, id, TimeSpan.FromSeconds(60), Ct) ?? throw new InvalidOperationException($"No job {id}.");
        Assert.True(job.Status.IsFinal(), $"Job {id} is still {job.Status}.");
        return job;
    }

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource(TimeSpan.Zero);
        await host.StopAsync(atOnce.Token);
        host.Dispose();
    }
}
