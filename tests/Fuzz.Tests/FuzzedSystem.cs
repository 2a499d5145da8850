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

/// <summary>The real API on Kestrel with its own schema and key prefix, workers that answer whatever it takes, and jobs of somebody else.</summary>
public sealed class FuzzedSystem(Stores stores) : IAsyncLifetime
{
    /// <summary>In the form of a generated one: after some wrong words of this address any other word is refused unseen.</summary>
    public const string Token = "aip_fuzz-token-4f1c9b7e55-000000000000000000000";

    /// <summary>Stands in what somebody else has submitted.</summary>
    public const string Marker = "marker-of-another-8d27c1";

    const string CallbackSecret = "whsec_ZnV6ei1zZWNyZXQtb2YtY2FsbGJhY2tzLTAwMDAwMDAw";

    const string Callers = "/api/v1/admin/callers";

    static readonly string[] Halts = ["/queue/pause", "/queue/stop"];

    WebApplication? _app;
    Dictionary<string, string?> _stores = [];
    FuzzedModels? _models;

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
        var settings = new Dictionary<string, string?>
        {
            ["ConnectionStrings:jobs"] = $"{stores.ConnectionString};Search Path={schema};Maximum Pool Size=10",
            ["ConnectionStrings:redis"] = stores.RedisConnectionString,
            ["REDIS_KEY_PREFIX"] = schema,
            ["REDIS_TIMEOUT"] = "30s",
        };
        _app = ApiHost.Build(
        [
            "--urls=http://127.0.0.1:0", "--Logging:LogLevel:Default=Error", .. settings.Select(setting => $"--{setting.Key}={setting.Value}"), $"--AI_SERVICE_TOKEN={Token}",
            // Whoever waits gets an answer: only a defect takes longer.
            $"--CALLBACK_SECRET={CallbackSecret}", "--CHAT_TIMEOUT=20s", "--TRANSCRIPTION_WAIT=20s", "--CHAT_LEFT_GRACE=0s", "--EVENTS_HEARTBEAT=1s", "--HTTP_HEADERS_TIMEOUT=1s",
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
        _stores = settings.ToDictionary(setting => setting.Key.Replace(":", "__", StringComparison.Ordinal), setting => setting.Value);
    }

    /// <summary>Has workers and a model server from here on, for tests that wait for answers.</summary>
    public async Task ServeAsync() => _models ??= await FuzzedModels.StartAsync(_stores, Ct);

    /// <summary>Last words of workers and of the model server that have ended; empty where all live.</summary>
    public IReadOnlyList<string> Ended => _models?.Ended ?? [];

    /// <summary>Others wait for answers: what the request may have halted is lifted, and jobs that it was handed as a worker, which would never end them, are given back.</summary>
    internal async Task UndoAsync(FuzzRequest request, RawAnswer answer)
    {
        if (Halts.Any(IsTo))
            await ResumeAsync();
        if (IsTo("/jobs/claim") && answer.Status == 200)
        {
            var claimed = JsonSerializer.Deserialize(answer.Text, ContractsJson.Default.ClaimedJobs)!.Jobs;
            await _app!.Services.GetRequiredService<JobQueue>().ReleaseAsync([.. claimed.Select(JobFence.Of)], Ct);
        }

        bool IsTo(string path) => request.Target.Contains(path, StringComparison.OrdinalIgnoreCase);
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
        if (_models is not null)
            await _models.DisposeAsync();
        Http.Dispose();
        if (_app is not null)
        {
            await _app.StopAsync(CancellationToken.None);
            await _app.DisposeAsync();
        }
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
}
