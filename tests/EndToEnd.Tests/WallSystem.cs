using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using AiPlatform.Testing;
using Aspire.Hosting;
using Aspire.Hosting.Testing;

[assembly: AssemblyFixture(typeof(AiPlatform.EndToEnd.Tests.WallSystem))]

namespace AiPlatform.EndToEnd.Tests;

/// <summary>A system whose model groups stand before the simulator's sixteen faults, each with a good model to fall back to; <c>alone-</c> ones, and their like for
/// streams, have none. Waits of the faults are a tenth of what they are elsewhere, and so is the patience with the servers that show them.</summary>
public sealed class WallSystem : IAsyncLifetime
{
    const string TimeFactor = "0.1";
    const string KeyVariable = "WALL_MODEL_KEY";

    static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(3);

    /// <summary>Those that are silent or slow, for which the caller's patience matters.</summary>
    static readonly string[] Slow = ["s06", "s07", "s09"];

    static readonly string[] Faults = [.. Enumerable.Range(1, 16).Select(number => $"s{number:00}")];

    readonly string _file = Path.Combine(Path.GetTempPath(), $"wall-{Guid.NewGuid():N}.json");
    DistributedApplication? _application;

    /// <summary>The secrets that whoever starts the system has exported: the key of a model, and what callers and sidecars are known by.</summary>
    static readonly Dictionary<string, string> Secrets =
        new[] { KeyVariable, "AI_SERVICE_TOKEN", "INFRA_SIDECAR_TOKEN" }.ToDictionary(variable => variable, _ => $"{Guid.NewGuid():N}");

    public static IEnumerable<string> Exported => Secrets.Keys;

    /// <summary>A secret as the environment shows it of the processes that have it.</summary>
    public static string EntryOf(string variable) => $"{variable}={Secrets[variable]}";

    /// <summary>What a good answer says.</summary>
    public string Answer { get; private set; } = "";

    public HttpClient Api { get; private set; } = new();

    public HttpClient Model { get; private set; } = new();

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        limit.CancelAfter(StartLimit);
        // Resources inherit what is exported.
        Environment.SetEnvironmentVariable("SIMULATOR_WALL_TIME_FACTOR", TimeFactor);
        Environment.SetEnvironmentVariable("LLM_CONFIG_RELOAD", "200ms");
        var before = Secrets.Keys.ToDictionary(variable => variable, Environment.GetEnvironmentVariable);
        Export(Secrets!);
        // The simulator's address is known once it runs: until then the groups have another one, and no chat.
        await WriteAsync(new Uri("http://127.0.0.1:9"), limit.Token);
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(["--KEEP_DATA=false", $"--LLM_CONFIG_FILE={_file}"], limit.Token);
        _application = await builder.BuildAsync(limit.Token);
        await _application.StartAsync(limit.Token);
        foreach (var resource in (string[])["api", "llm-worker", "transcription-worker", "infra-sidecar", "model-simulator"])
        {
            await _application.ResourceNotifications.WaitForResourceHealthyAsync(resource, limit.Token);
        }
        // Other systems of this process have none.
        Export(before);
        Api = _application.CreateHttpClient("api", "http");
        Api.Timeout = TimeSpan.FromMinutes(5);
        Api.DefaultRequestHeaders.Authorization = new("Bearer", Secrets["AI_SERVICE_TOKEN"]);
        Model = _application.CreateHttpClient("model-simulator", "http");
        await WriteAsync(Model.BaseAddress!, limit.Token);
        await Eventually.That(
            async () => Assert.Contains(
                Model.BaseAddress!.Port.ToString(System.Globalization.CultureInfo.InvariantCulture),
                await Api.GetStringAsync(new Uri("/api/v1/providers/status", UriKind.Relative), limit.Token),
                StringComparison.Ordinal),
            limit.Token);
        Answer = await ContentAsync(await AskAsync(Model, "fb-ok", stream: false, limit.Token));
    }

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        Model.Dispose();
        if (_application is not null)
        {
            await _application.DisposeAsync();
        }
        File.Delete(_file);
    }

    public Uri Address(string resource) => _application!.GetEndpoint(resource, "http");

    /// <summary>Asks, and answers as soon as the headers are there.</summary>
    public static Task<HttpResponseMessage> AskAsync(HttpClient server, string model, bool stream, CancellationToken ct)
    {
        var body = $$$"""{"model":"{{{model}}}","messages":[{"role":"user","content":"{{{Guid.NewGuid()}}}"}]{{{(stream ? ",\"stream\":true,\"stream_options\":{\"include_usage\":true}" : "")}}}}""";
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        return server.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
    }

    public static async Task<string> ContentAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync(Ct);
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode}: {text}");
        return JsonElement.Parse(text).GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;
    }

    /// <summary>When each try of a model reached the server, in their order.</summary>
    public async Task<IReadOnlyList<DateTimeOffset>> TriesAsync(string model)
    {
        var requests = await Model.GetFromJsonAsync<JsonElement>("/admin/requests?limit=1000", Ct);
        return
        [
            .. requests.GetProperty("requests").EnumerateArray()
                .Where(request => request.GetProperty("model").GetString() == model)
                .Select(request => request.GetProperty("received_at").GetDateTimeOffset())
                .Order(),
        ];
    }

    static void Export(Dictionary<string, string?> variables)
    {
        foreach (var (variable, value) in variables)
        {
            Environment.SetEnvironmentVariable(variable, value);
        }
    }

    async Task WriteAsync(Uri server, CancellationToken ct)
    {
        var text = JsonSerializer.Serialize(new
        {
            providers = new
            {
                patient = new { kind = "vllm", base_url = server, api_key_env = KeyVariable },
                hasty = new { kind = "vllm", base_url = server, first_token_timeout = "1s", idle_timeout = "1s" },
            },
            groups = Faults.SelectMany(fault => (IEnumerable<(string, object)>)
                    [(fault, Group(fault, "")), ($"alone-{fault}", Group(fault, "-alone")), ($"stream-{fault}", Group(fault, "-stream"))])
                .Append(("ok", Deployed("patient", "fb-ok"))).Append(("noprefill", Deployed("patient", "fb-ok-noprefill")))
                .ToDictionary(group => group.Item1, group => group.Item2),
            fallbacks = Faults.ToDictionary(fault => fault, fault => (string[])[fault == "s14" ? "noprefill" : "ok"]),
        });
        // In one step, so that no half of it is ever read.
        await File.WriteAllTextAsync($"{_file}.new", text, ct);
        File.Move($"{_file}.new", _file, overwrite: true);
    }

    static object Group(string fault, string suffix) => Deployed(Slow.Contains(fault) ? "hasty" : "patient", $"fb-{fault}{suffix}", 8_192);

    static object Deployed(string provider, string model, int context = 100_000) =>
        new { deployments = (object[])[new { provider, model, max_context_tokens = context }] };
}
