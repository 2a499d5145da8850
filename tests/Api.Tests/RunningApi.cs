using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace AiPlatform.Api.Tests;

/// <summary>The real API on a free port, with a schema and a key prefix of its own.</summary>
public sealed class RunningApi : IAsyncDisposable
{
    /// <summary>What callbacks are signed with.</summary>
    public const string CallbackSecret = "whsec_dGhlIHNlY3JldCBvZiB0aGUgY2FsbGJhY2sgdGVzdHM=";

    readonly WebApplication _app;

    RunningApi(WebApplication app, string schema)
    {
        (_app, Schema) = (app, schema);
        Http = new HttpClient { BaseAddress = new Uri(app.Urls.First()), Timeout = TimeSpan.FromSeconds(60) };
    }

    public HttpClient Http { get; }

    /// <summary>Its schema and key prefix.</summary>
    public string Schema { get; }

    public JobQueue Queue => Get<JobQueue>();

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    /// <param name="settings">Such as <c>CHAT_TIMEOUT=2s</c>.</param>
    public static async Task<RunningApi> StartAsync(Stores stores, params string[] settings) =>
        await StartBesideAsync(stores, await NewSchemaAsync(stores), settings);

    public static async Task<string> NewSchemaAsync(Stores stores)
    {
        var schema = $"t_{Guid.NewGuid():N}";
        await using var source = NpgsqlDataSource.Create(stores.ConnectionString);
        await using var create = source.CreateCommand($"create schema {schema}");
        await create.ExecuteNonQueryAsync(Ct);
        return schema;
    }

    /// <summary>An API on a schema that another one may use too.</summary>
    public static async Task<RunningApi> StartBesideAsync(Stores stores, string schema, params string[] settings)
    {
        var app = ApiHost.Build(
        [
            "--urls=http://127.0.0.1:0",
            "--Logging:LogLevel:Default=Warning",
            .. Settings(stores, schema).Select(setting => $"--{setting.Key}={setting.Value}"),
            .. settings.Select(setting => "--" + setting),
        ]);
        await app.StartAsync(Ct);
        return new RunningApi(app, schema);
    }

    /// <summary>What every API of the tests is started with.</summary>
    public static Dictionary<string, string?> Settings(Stores stores, string schema) => new()
    {
        ["ConnectionStrings:jobs"] = $"{stores.ConnectionString};Search Path={schema};Maximum Pool Size=10",
        ["ConnectionStrings:redis"] = stores.RedisConnectionString,
        ["REDIS_KEY_PREFIX"] = schema,
        ["JOB_RETRY_DELAY"] = "20ms",
        // A busy machine may take seconds for an answer.
        ["REDIS_TIMEOUT"] = "30s",
        ["CALLBACK_SECRET"] = CallbackSecret,
    };

    public Task StopAsync() => _app.StopAsync(Ct);

    public Task<Answer> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    public Task<Answer> PostAsync(string path, string? json = null, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, path, json is null ? null : new StringContent(json, System.Text.Encoding.UTF8, "application/json"), headers);

    public async Task<Answer> SendAsync(HttpMethod method, string path, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var response = await Http.SendAsync(request, Ct);
        return await Answer.ReadAsync(response, Ct);
    }

    /// <summary>A job of the task type, as the API answers it.</summary>
    public async Task<Guid> CreateAsync(string taskType, string more = "")
    {
        var answer = await PostAsync("/api/v1/jobs", $$"""{"owner_service":"tests","task_type":"{{taskType}}","input":{"n":1}{{more}}}""");
        Assert.Equal(201, answer.Status);
        return answer.Json.GetProperty("id").GetGuid();
    }

    /// <summary>Takes a job as an external worker does, waiting for it.</summary>
    public async Task<(Guid Id, Guid Token)> ClaimAsync(string taskType)
    {
        var answer = await PostAsync("/api/v1/jobs/claim", $$"""{"worker_id":"w1","task_types":["{{taskType}}"],"wait":"20s"}""");
        Assert.Equal(200, answer.Status);
        var job = Assert.Single(answer.Json.GetProperty("jobs").EnumerateArray());
        return (job.GetProperty("id").GetGuid(), job.GetProperty("lease_token").GetGuid());
    }

    /// <summary>That a job is cancelled before long. By looking: who waits for a job keeps it from being cancelled.</summary>
    public Task IsCancelledAsync(Guid job) =>
        Eventually.That(async () => Assert.Equal(JobStatus.Cancelled, (await Queue.GetAsync(JobScope.All, job, Ct))!.Status), Ct);

    /// <summary>A worker's report as the store keeps it.</summary>
    public Task ReportAsync(string workerId, IReadOnlyList<string> profiles, params ProviderReport[] providers) => Get<WorkerDirectory>().ReportAsync(
        new WorkerReport
        {
            WorkerId = workerId,
            Kind = "llm",
            TaskTypes = ["llm_chat"],
            ModelProfiles = profiles,
            Slots = 4,
            Running = [],
            Draining = false,
            Providers = providers,
            ReportedAt = TimeProvider.System.GetUtcNow(),
        },
        Ct);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }
}
