using System.Net;
using System.Text;
using System.Text.Json;
using AiPlatform.Api;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace AiPlatform.Fuzz.Tests;

/// <summary>The real API on Kestrel with its own schema and key prefix, a worker that answers every chat, and jobs of somebody else.</summary>
public sealed class FuzzedSystem(Stores stores) : IAsyncLifetime
{
    /// <summary>In the form of a generated one: after some wrong words of this address any other word is refused unseen.</summary>
    public const string Token = "aip_fuzz-token-4f1c9b7e55-000000000000000000000";

    /// <summary>Stands in what somebody else has submitted.</summary>
    public const string Marker = "marker-of-another-8d27c1";

    const string CallbackSecret = "whsec_ZnV6ei1zZWNyZXQtb2YtY2FsbGJhY2tzLTAwMDAwMDAw";

    const string Callers = "/api/v1/admin/callers";

    static readonly string[] Profiles = ["default", "a", "fuzz"];

    readonly CancellationTokenSource _ended = new();
    WebApplication? _app;
    Task _worker = Task.CompletedTask;

    internal ErrorLog Log { get; } = new();

    internal Verdict Verdict { get; } = new([Token, CallbackSecret], Marker);

    public JsonElement Document { get; private set; }

    /// <summary>Ids of all kinds, some of them of something that is there.</summary>
    public List<string> Ids { get; } = ["0199e0c2-0000-7000-8000-000000000000", "file-0199e0c200007000800000000000000", "default"];

    /// <summary>Whether the API knows callers beside the service.</summary>
    public bool HasCallers => Document.GetProperty("paths").TryGetProperty(Callers, out _);

    /// <summary>The token of a caller that may submit and read for one owner service; nobody's where there are no callers.</summary>
    public string OwnersToken { get; private set; } = "nobody";

    public HttpClient Http { get; private set; } = new();

    public IPEndPoint Server { get; private set; } = new(IPAddress.Loopback, 0);

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var schema = $"t_{Guid.NewGuid():N}";
        await using (var source = NpgsqlDataSource.Create(stores.ConnectionString))
        {
            await using var create = source.CreateCommand($"create schema {schema}");
            await create.ExecuteNonQueryAsync(Ct);
        }
        _app = ApiHost.Build(
        [
            "--urls=http://127.0.0.1:0", "--Logging:LogLevel:Default=Error", $"--ConnectionStrings:jobs={stores.ConnectionString};Search Path={schema};Maximum Pool Size=10",
            $"--ConnectionStrings:redis={stores.RedisConnectionString}", $"--REDIS_KEY_PREFIX={schema}", "--REDIS_TIMEOUT=30s", $"--AI_SERVICE_TOKEN={Token}",
            $"--CALLBACK_SECRET={CallbackSecret}", "--CHAT_TIMEOUT=1s", "--TRANSCRIPTION_WAIT=1s", "--CHAT_LEFT_GRACE=0s", "--EVENTS_HEARTBEAT=1s", "--HTTP_HEADERS_TIMEOUT=1s",
            "--HTTP_SLOW_GRACE=1100ms", "--WORKER_POLL_INTERVAL=50ms",
        ]);
        _app.Services.GetRequiredService<ILoggerFactory>().AddProvider(Log);
        await _app.StartAsync(Ct);
        var address = new Uri(_app.Urls.First());
        Server = new IPEndPoint(IPAddress.Loopback, address.Port);
        Http = new HttpClient { BaseAddress = address, Timeout = RawConnection.Patience };
        Http.DefaultRequestHeaders.Add("Authorization", $"Bearer {Token}");
        Document = JsonElement.Parse(await Http.GetByteArrayAsync("/openapi/v1.json", Ct));
        await PlantAsync();
        await MakeCallerAsync();
        _worker = WorkAsync(_app.Services.GetRequiredService<JobQueue>(), _app.Services.GetRequiredService<WorkerDirectory>());
    }

    /// <summary>Lifts what requests may have halted.</summary>
    public async Task ResumeAsync()
    {
        foreach (var verb in (string[])["resume", "start"])
            (await PostAsync($"/queue/{verb}", "{}")).Dispose();
    }

    public Task<HttpResponseMessage> PostAsync(string path, string json) => Http.PostAsync(path, new StringContent(json, Encoding.UTF8, "application/json"), Ct);

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _worker;
        Http.Dispose();
        if (_app is not null)
        {
            await _app.StopAsync(CancellationToken.None);
            await _app.DisposeAsync();
        }
        _ended.Dispose();
    }

    async Task MakeCallerAsync()
    {
        if (!HasCallers)
            return;
        using var made = await PostAsync(Callers, """{"name":"owner-of-fuzz","roles":["submit","read"],"owner_services":["fuzz"]}""");
        OwnersToken = JsonElement.Parse(await made.Content.ReadAsStringAsync(Ct)).GetProperty("token").GetString()!;
    }

    async Task PlantAsync()
    {
        for (var count = 0; count < 5; count++)
        {
            using var job = await PostAsync("/api/v1/jobs", $$"""
                {"owner_service":"other","owner_ref":"{{Marker}}","task_type":"{{Marker}}","input":{"text":"{{Marker}}"},"run_at":"2099-01-01T00:00:00Z"}
                """);
            Ids.Add(JsonElement.Parse(await job.Content.ReadAsStringAsync(Ct)).GetProperty("id").GetString()!);
        }
        using var form = new MultipartFormDataContent { { new StringContent("batch"), "purpose" }, { new StringContent($"{{\"custom_id\":\"{Marker}\"}}"), "file", $"{Marker}.jsonl" } };
        using var file = await Http.PostAsync("/v1/files", form, Ct);
        var id = JsonElement.Parse(await file.Content.ReadAsStringAsync(Ct)).GetProperty("id").GetString()!;
        using var batch = await PostAsync("/v1/batches", $$"""{"input_file_id":"{{id}}","endpoint":"/v1/chat/completions","completion_window":"24h"}""");
        Ids.AddRange([id, JsonElement.Parse(await batch.Content.ReadAsStringAsync(Ct)).GetProperty("id").GetString()!]);
    }

    /// <summary>The worker, which ends by itself only where it fails.</summary>
    public Task Worker => _worker;

    async Task WorkAsync(JobQueue queue, WorkerDirectory directory)
    {
        var result = JsonElement.Parse("""
            {"content":"Hello!","model":"m","usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2},"duration_ms":1,"finish_reason":"stop","provider":"p","attempts":1}
            """);
        try
        {
            while (true)
            {
                await directory.ReportAsync(
                    new WorkerReport
                    {
                        WorkerId = "fuzz-worker",
                        Kind = "llm",
                        TaskTypes = ["llm_chat"],
                        ModelProfiles = Profiles,
                        Slots = 16,
                        Running = [],
                        Draining = false,
                        Providers = [new ProviderReport { Name = "p", Configured = true, Reachable = true, Circuit = "closed" }],
                        ReportedAt = TimeProvider.System.GetUtcNow(),
                    },
                    _ended.Token);
                var request = new ClaimRequest("fuzz-worker", ["llm_chat"], Profiles, 16, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(1));
                foreach (var job in await queue.ClaimAsync(request, _ended.Token))
                    await queue.CompleteAsync(JobFence.Of(job), result, _ended.Token);
            }
        }
        catch (OperationCanceledException) when (_ended.IsCancellationRequested)
        {
        }
    }
}
