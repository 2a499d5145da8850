using System.Diagnostics;
using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.ServiceDefaults;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AiPlatform.Bench.Systems;

/// <summary>The Jobs library in this process, with its maintenance loops, as a service has it.</summary>
sealed class JobsLevel : IOwnLevel
{
    static readonly JsonElement Result = JsonElement.Parse("""{"ok":true}""");
    static readonly TimeSpan BuildLimit = TimeSpan.FromSeconds(30);

    /// <summary>Nothing listens to it unless the system is observed.</summary>
    static readonly ActivitySource Source = new("AiPlatform.Bench");

    readonly IHost _host;
    readonly JobQueue _queue;

    JobsLevel(IHost host) => (_host, _queue) = (host, host.Services.GetRequiredService<JobQueue>());

    public string Settings => "20 connections: 10 of the general pool and 10 with pinned plans";

    /// <param name="isObserved">Whether it has the telemetry of a service, sent to <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>.</param>
    public static async Task<JobsLevel> StartAsync(bool isObserved, CancellationToken ct)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddEnvironmentVariables();
        if (isObserved)
        {
            // A host without defaults does not look at it, and would log every statement.
            builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging"));
            builder.AddServiceDefaults();
        }
        builder.AddJobConnections();
        builder.AddNpgsqlDataSource("jobs");
        builder.AddRedisClient("redis");
        builder.AddJobs();
        builder.AddJobMaintenance();
        builder.Services.Configure<JobsOptions>(builder.Configuration);
        builder.Services.AddMetrics();
        var level = new JobsLevel(builder.Build());
        await level._host.StartAsync(ct);
        await level.IndexIsBuiltAsync(ct);
        return level;
    }

    public Task AddAsync(BenchJob job, CancellationToken ct) => _queue.SubmitAsync([NewJob(job)], ct);

    public Task AddManyAsync(IReadOnlyList<BenchJob> jobs, CancellationToken ct) => _queue.SubmitAsync([.. jobs.Select(NewJob)], ct);

    public Task<IReadOnlyList<ClaimedJob>> ClaimAsync(int limit, CancellationToken ct) => _queue.ClaimAsync(
        new ClaimRequest(OwnLevels.Worker, [OwnLevels.Task], [], limit, OwnLevels.Lease, OwnLevels.ClaimWait), ct);

    public async Task CompleteAsync(ClaimedJob job, CancellationToken ct)
    {
        using var span = Source.StartActivity("process bench", ActivityKind.Consumer);
        span?.SetTag("messaging.message.id", job.Id.ToString());
        if (await _queue.CompleteAsync(JobFence.Of(job), Result, ct) is var recorded and not RecordResult.Recorded)
        {
            throw new InvalidOperationException($"Job {job.Id} was not recorded: {recorded}.");
        }
    }

    public async Task SetSharesAsync(bool fair, int mostRunning, CancellationToken ct)
    {
        await _queue.SetFairAsync(QueueScope.Everything, fair, OwnLevels.Owner, ct);
        await _queue.SetShareAsync(new OwnerShare(OwnLevels.Owner, Weight: 1, mostRunning == 0 ? null : mostRunning), OwnLevels.Owner, ct);
    }

    public Task ReadStatsAsync(CancellationToken ct) => _queue.StatsAsync(JobScope.All, ct);

    public async Task CallAsync(BenchJob job, CancellationToken ct)
    {
        var (_, view) = await _queue.SubmitAndWaitAsync(JobScope.All, NewJob(job), OwnLevels.ResultWait, ct);
        if (view?.Status is not JobStatus.Completed)
        {
            throw new InvalidOperationException($"The job was not completed in {OwnLevels.ResultWait.TotalSeconds} s: {view?.Status}.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(CancellationToken.None);
        _host.Dispose();
    }

    /// <summary>Until the first build of the index, claims read Postgres; a job's position says that it is there.</summary>
    async Task IndexIsBuiltAsync(CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(BuildLimit);
        var job = NewJob(BenchJob.Of(0));
        await _queue.SubmitAsync([job], limit.Token);
        while (await _queue.GetAsync(JobScope.All, job.Id, limit.Token) is not { Position: not null })
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), limit.Token);
        }
        await CompleteAsync((await ClaimAsync(1, limit.Token))[0], limit.Token);
    }

    static NewJob NewJob(BenchJob job) => new()
    {
        OwnerService = job.Owner ?? OwnLevels.Owner,
        TaskType = OwnLevels.Task,
        ModelProfile = CreateJob.DefaultProfile,
        Priority = OwnLevels.Priority(job.Level),
        Input = job.ToJson(),
    };
}
