using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using AiPlatform.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Npgsql;

[assembly: AssemblyFixture(typeof(Stores))]

namespace AiPlatform.Telemetry.Tests;

/// <summary>API, both workers and the simulator as processes that send all they tell to one OTLP receiver, and a server that has audio and takes
/// callbacks. Every secret is a marked one.</summary>
public sealed class ObservedSystem(Stores stores) : IAsyncLifetime
{
    /// <summary>The collection of all its tests: a fault that one of them arms must not hit the call of another.</summary>
    public const string InTurn = "in turn";

    readonly string _name = $"t_{Guid.NewGuid():N}";
    readonly List<ServiceProcess> _processes = [];
    WebApplication? _outside;
    int _callbacks;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public OtlpReceiver Receiver { get; private set; } = null!;

    public HttpClient Api { get; } = new() { Timeout = TimeSpan.FromMinutes(5) };

    public HttpClient Model => _processes[0].Http;

    public int Callbacks => Volatile.Read(ref _callbacks);

    /// <summary>Where audio lies, and callbacks go.</summary>
    public Uri Outside => new(_outside!.Urls.First());

    /// <summary>What the processes have written to their standard streams; not the simulator, which repeats the faults that tests arm.</summary>
    public string Output => string.Join('\n', _processes.Skip(1).SelectMany(process => process.Output));

    public async ValueTask InitializeAsync()
    {
        Receiver = await OtlpReceiver.StartAsync();
        _outside = await StartOutsideAsync();
        await ExecuteAsync($"create role {_name} login password '{Secrets.DatabasePassword}'; create schema {_name} authorization {_name}; {TenantRole.GrantTo(_name)}");
        _processes.Add(await StartAsync("ModelSimulator", "/health", new()
        {
            ["SIMULATOR_MODELS"] = "observed",
            ["SIMULATOR_AUDIO_MODELS"] = "voxtral",
            ["SIMULATOR_EMBEDDING_MODELS"] = "meaning",
        }));
        var model = $"{_processes[0].Http.BaseAddress}";
        _processes.AddRange(await Task.WhenAll(
            StartAsync("Api", "/healthz", Environment()),
            StartAsync("LlmWorker", "/healthz", Environment(
                ("LLM_BASE_URL", $"{model}v1"), ("LLM_API_KEY", Secrets.ModelKey), ("LLM_MODEL", "observed"), ("EMBEDDING_MODEL", "meaning"))),
            StartAsync("TranscriptionWorker", "/healthz", Environment(
                ("WHISPERX_URL", model), ("WHISPERX_KIND", "openai"), ("WHISPERX_MODEL", "voxtral"), ("WHISPERX_API_KEY", Secrets.ModelKey)))));
        Api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Secrets.Token);
        Api.BaseAddress = _processes[1].Http.BaseAddress;
        await Eventually.That(
            async () => Assert.Contains("observed", await Api.GetStringAsync(new Uri("/api/v1/providers/status", UriKind.Relative), Ct), StringComparison.Ordinal), Ct);
    }

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? body = null, string? traceparent = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }
        if (traceparent is not null)
        {
            request.Headers.Add("traceparent", traceparent);
            request.Headers.Add("tracestate", "vendor=kept");
        }
        return await Api.SendAsync(request, Ct);
    }

    /// <summary>The job as it ended.</summary>
    public async Task<JsonElement> EndOfAsync(string id)
    {
        while (true)
        {
            using var response = await SendAsync(HttpMethod.Get, $"/api/v1/jobs/{id}?wait=60s");
            var job = JsonElement.Parse(await response.Content.ReadAsStringAsync(Ct));
            if (job.GetProperty("status").GetString() is not ("pending" or "running"))
            {
                return job;
            }
        }
    }

    /// <summary>The model server fails its next request.</summary>
    public async Task ArmAsync(string fault, string? model = null)
    {
        var order = JsonSerializer.Serialize(new { fault, model });
        using var content = new StringContent(order, Encoding.UTF8, "application/json");
        using var response = await Model.PostAsync(new Uri("/admin/faults", UriKind.Relative), content, Ct);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Ct));
    }

    /// <summary>What the processes show on <c>/metrics</c>.</summary>
    public async Task<string> MetricsAsync()
    {
        var pages = await Task.WhenAll(_processes.Skip(1).Select(process => process.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), Ct)));
        return string.Join('\n', pages);
    }

    /// <summary>The settings of a process of the system.</summary>
    public Dictionary<string, string?> Environment(params (string Name, string Value)[] more)
    {
        var database = new NpgsqlConnectionStringBuilder(stores.ConnectionString)
        {
            Username = _name,
            Password = Secrets.DatabasePassword,
            SearchPath = _name,
            MaxPoolSize = 10,
        };
        var environment = new Dictionary<string, string?>
        {
            // As a machine reads the log.
            ["DOTNET_ENVIRONMENT"] = "Production",
            ["ConnectionStrings__jobs"] = database.ConnectionString,
            ["ConnectionStrings__redis"] = stores.RedisConnectionString,
            ["REDIS_KEY_PREFIX"] = _name,
            ["REDIS_TIMEOUT"] = "30s",
            ["JOB_RETRY_DELAY"] = "20ms",
            ["AI_SERVICE_TOKEN"] = Secrets.Token,
            ["CALLBACK_SECRET"] = Secrets.CallbackKey,
            ["CALLBACK_ALLOWED_HOSTS"] = "127.0.0.1:*",
            ["CALLBACK_RETRY_DELAY"] = "10ms",
            ["AUDIO_URL_ALLOWED_HOSTS"] = "127.0.0.1:*",
            ["INFRA_SIDECAR_URL"] = "http://127.0.0.1:9",
            ["INFRA_SIDECAR_TOKEN"] = Secrets.SidecarToken,
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = Receiver.Url,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_EXPORTER_OTLP_HEADERS"] = $"api-key={Secrets.ExporterKey}",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "200",
            ["OTEL_BLRP_SCHEDULE_DELAY"] = "200",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "1000",
        };
        foreach (var (name, value) in more)
        {
            environment[name] = value;
        }
        return environment;
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_processes.Select(process => process.DisposeAsync().AsTask()));
        Api.Dispose();
        await Receiver.DisposeAsync();
        if (_outside is not null)
        {
            await _outside.DisposeAsync();
        }
        await ExecuteAsync($"drop owned by {_name} cascade; drop role {_name}");
    }

    static async Task<ServiceProcess> StartAsync(string project, string health, Dictionary<string, string?> environment)
    {
        environment["OTEL_SERVICE_NAME"] = project;
        return await ServiceProcess.StartAsync(project, environment, Ct, health);
    }

    async Task<WebApplication> StartOutsideAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapGet("/call.wav", () => Results.File(Path.Combine(AppContext.BaseDirectory, "call.wav"), "audio/wav"));
        // The first call fails.
        app.MapPost("/done", () => Results.StatusCode(Interlocked.Increment(ref _callbacks) == 1 ? 500 : 204));
        await app.StartAsync(Ct);
        return app;
    }

    async Task ExecuteAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(stores.ConnectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }
}

/// <summary>One system for all its tests.</summary>
[CollectionDefinition(ObservedSystem.InTurn)]
public sealed class ObservedSystemCollection : ICollectionFixture<ObservedSystem>;
