using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.Testing;
using AiPlatform.WorkerRuntime;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace AiPlatform.TranscriptionWorker.Tests;

/// <summary>The whole worker on a real queue.</summary>
public sealed class WorkerTests(Stores stores)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Several_jobs_are_transcribed_at_a_time()
    {
        await using var simulator = await Simulator.StartAsync("--SIMULATOR_FIRST_TOKEN_MS=1000");
        using var worker = await StartAsync(new() { VoxtralBaseUrl = simulator.Address });
        var queue = worker.Services.GetRequiredService<JobQueue>();
        string[] lanes = ["transcription default", "transcribe default", "transcription voxtral-small", "transcribe voxtral-small"];

        var submitted = await queue.SubmitAsync([.. lanes.Select(lane => Job(lane.Split(' ')[0], lane.Split(' ')[1]))], Ct);
        var jobs = await Task.WhenAll(submitted.Select(outcome => queue.WaitAsync(outcome.Id, TimeSpan.FromSeconds(60), Ct)));

        Assert.All(jobs, job =>
        {
            Assert.Equal((JobStatus.Completed, 1), (job!.Status, job.Attempt));
            Assert.Equal(3.693, job.Result?.Deserialize(ContractsJson.Default.TranscriptionResult)?.Duration);
        });
        // All were running together: the last began before the first had ended.
        Assert.True(jobs.Max(job => job!.StartedAt) < jobs.Min(job => job!.FinishedAt));
        await StopAsync(worker);
    }

    [Fact]
    public async Task A_job_cancelled_while_it_runs_ends_the_providers_work()
    {
        await using var server = await ScriptedServer.StartAsync(
            context => context.Request.Path == "/v1/models" ? Task.CompletedTask : ScriptedServer.SilenceAsync(context));
        using var worker = await StartAsync(new() { VoxtralBaseUrl = server.Address });
        var queue = worker.Services.GetRequiredService<JobQueue>();

        var id = Assert.Single(await queue.SubmitAsync([Job("transcription", "default")], Ct)).Id;
        await Eventually.That(
            () =>
            {
                lock (server.Requests)
                {
                    Assert.Contains(server.Requests, request => request.Path == "/v1/audio/transcriptions");
                }
            },
            Ct);
        Assert.Equal(ChangeResult.Changed, await queue.CancelAsync(id, Ct));

        await server.ClientLeft;
        Assert.Equal(JobStatus.Cancelled, (await queue.GetAsync(id, Ct))?.Status);
        await StopAsync(worker);
    }

    [Fact]
    public async Task Its_providers_are_probed_reported_and_part_of_its_health()
    {
        await using var simulator = await Simulator.StartAsync();
        using var worker = await StartAsync(new() { VoxtralBaseUrl = simulator.Address, WhisperXUrl = new Uri("http://127.0.0.1:1") });
        var status = worker.Services.GetRequiredService<WorkerStatus>();

        await Eventually.That(() => Assert.All(status.Report().Providers, provider => Assert.NotNull(provider.Reachable)), Ct);

        var (voxtral, whisperX) = (status.Report().Providers[0], status.Report().Providers[1]);
        Assert.Equal(("voxtral", true, simulator.Address.ToString().TrimEnd('/')), (voxtral.Name, voxtral.Reachable, voxtral.Endpoint));
        Assert.Contains("mistralai/Voxtral-Small-24B-2507", voxtral.Models);
        Assert.Equal(("whisperx", false, "closed"), (whisperX.Name, whisperX.Reachable, whisperX.Circuit));
        var health = await worker.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(check => check.Name == "transcription_provider", Ct);
        Assert.Equal(
            (HealthStatus.Degraded, "whisperx at http://127.0.0.1:1 cannot be reached."),
            (health.Status, health.Entries["transcription_provider"].Description));
        await StopAsync(worker);
    }

    static NewJob Job(string taskType, string profile) => new()
    {
        OwnerService = "tests",
        TaskType = taskType,
        ModelProfile = profile,
        MaxAttempts = 1,
        Input = JsonSerializer.SerializeToElement(new { audio_base64 = Convert.ToBase64String(Wav.Call) }),
    };

    async Task<WebApplication> StartAsync(TranscriptionOptions options)
    {
        var schema = $"t_{Guid.NewGuid():N}";
        await using (var source = NpgsqlDataSource.Create(stores.ConnectionString))
        await using (var create = source.CreateCommand($"create schema {schema}"))
        {
            await create.ExecuteNonQueryAsync(Ct);
        }
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:jobs"] = $"{stores.ConnectionString};Search Path={schema};Maximum Pool Size=20",
            ["ConnectionStrings:redis"] = stores.RedisConnectionString,
        });
        builder.AddJobConnections();
        builder.AddNpgsqlDataSource("jobs");
        builder.AddRedisClient("redis");
        builder.AddJobs().AddJobMaintenance();
        builder.AddTranscription().AddWorker<TranscriptionJobHandler>();
        builder.Services.Configure<JobsOptions>(jobs => jobs.KeyPrefix = schema);
        builder.Services.AddSingleton(Microsoft.Extensions.Options.Options.Create(options));
        var app = builder.Build();
        await app.StartAsync(Ct);
        return app;
    }

    static async Task StopAsync(WebApplication worker)
    {
        using var atOnce = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await worker.StopAsync(atOnce.Token);
    }
}
