using System.Diagnostics;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using AiPlatform.Testing;

namespace AiPlatform.Telemetry.Tests;

/// <summary>No process repeats a secret: not as it works, not without its servers, not when it cannot start, and neither does <c>./dev doctor</c>.</summary>
public sealed class PlantedSecretsTests(PlantedSystem planted) : IClassFixture<PlantedSystem>
{
    static readonly string[] Routes =
    [
        "/healthz", "/readyz", "/metrics", "/health", "/docs", "/openapi.json", "/openapi/v1.json", "/status", "/nothing", "/queue/status", "/api/v1/stats", "/api/v1/providers/status",
        "/api/v1/infra/status", "/api/v1/jobs", "/api/v1/jobs/none", "/v1/models",
    ];

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string> Processes => [.. PlantedSystem.Processes];

    [Fact]
    public async Task A_working_system_repeats_no_secret_with_its_servers_and_without()
    {
        var running = await Task.WhenAll(PlantedSystem.Processes.Select(
            process => ServiceProcess.StartAsync(process, planted.Environment(process), Ct)));
        try
        {
            var (api, said) = (running[0], new StringBuilder());
            said.Append(await PostAsync(api, "/chat", """{"user":"Hello","owner_service":"tests"}"""));
            await AskAllAsync(running, said);
            await planted.Redis!.DisposeAsync();
            planted.Redis = null;
            await AskAllAsync(running, said);
            said.Append(await PostAsync(api, "/api/v1/jobs", """{"owner_service":"tests","task_type":"llm_chat","input":{"user":"Hello"},"callback_url":"http://127.0.0.1:9/"}"""));

            Assert.Contains("\"status\":", said.ToString(), StringComparison.Ordinal);
            foreach (var process in running)
            {
                process.Terminate();
                await process.Exited;
                said.AppendJoin('\n', process.Output);
            }
            AssertClean(said.ToString());
        }
        finally
        {
            await Task.WhenAll(running.Select(process => process.DisposeAsync().AsTask()));
        }
    }

    [Theory]
    [MemberData(nameof(Processes))]
    public async Task A_start_that_fails_repeats_no_secret(string process)
    {
        var secrets = PlantedSystem.SecretsOf(process);
        var listens = process switch { "Api" => "HTTP_PORT", "InfraSidecar" => "INFRA_SIDECAR_HTTP_PORT", _ => "WORKER_HTTP_PORT" };
        var word = PlantedSystem.Word("postgres");
        var own = secrets.Where(secret => !PlantedSystem.HasFileOfItsOwn(process, secret)).ToArray();
        List<(string[] Said, (string, string?)[] Settings)> starts =
        [
            ([listens, .. own], [(listens, "70000"), ("ASPNETCORE_URLS", null), .. own.Select(secret => (secret, PlantedSystem.Word(secret)))]),
            ([.. own.Select(secret => $"{secret}_FILE")], [.. own.Select(secret => ($"{secret}_FILE", "/nowhere"))]),
        ];
        if (process != "InfraSidecar")
        {
            starts.AddRange(
            [
                (["DATABASE_URL", "REDIS_URL"],
                [
                    ("DATABASE_URL_FILE", null), ("DATABASE_URL", $"postgres://me:{word}@host:port/jobs"), ("REDIS_URL_FILE", null), ("REDIS_URL", $"127.0.0.1:1,password=a,{word}=b"),
                ]),
                // Crashes of the first connection: what answers them is Npgsql's exception.
                process == "Api"
                    ? (["28"], [("DATABASE_URL_FILE", null), ("DATABASE_URL", planted.Database(user: "nobody_at_all"))])
                    : (["3D000"], [("DATABASE_URL_FILE", null), ("DATABASE_URL", planted.Database(database: "none_at_all"))]),
            ]);
        }
        foreach (var (expected, settings) in starts)
        {
            var failure = await FailureAsync(process, settings);
            Assert.All(expected, name => Assert.Contains(name, failure, StringComparison.Ordinal));
            AssertClean(failure);
        }
    }

    [Fact]
    public async Task Doctor_repeats_no_secret()
    {
        var start = new ProcessStartInfo(Path.Combine(Root(), "dev"), ["doctor"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var secret in PlantedSystem.Processes.SelectMany(PlantedSystem.SecretsOf).Distinct())
        {
            start.Environment[secret] = PlantedSystem.Word(secret);
        }
        start.Environment["LLM_BASE_URL"] = $"http://me:{PlantedSystem.Word("a")}@b/{PlantedSystem.Word("c")}@127.0.0.1:9/v1?key={PlantedSystem.Word("d")}";
        start.Environment["VOXTRAL_BASE_URL"] = $"http://{PlantedSystem.Word("e")}@127.0.0.1:9/v1";
        using var doctor = Process.Start(start)!;
        var error = doctor.StandardError.ReadToEndAsync(Ct);
        var said = await doctor.StandardOutput.ReadToEndAsync(Ct) + await error;
        await doctor.WaitForExitAsync(Ct);

        Assert.Matches(@"LLM_BASE_URL +http://127\.0\.0\.1:9/v1\n", said);
        Assert.Matches("AI_SERVICE_TOKEN +set", said);
        AssertClean(said);
    }

    [Fact]
    public void Secrets_are_found_by_their_mark() => Assert.Superset(
        new HashSet<string> { "AI_SERVICE_TOKEN", "CALLBACK_SECRET", "INFRA_SIDECAR_TOKEN", "LLM_API_KEY", "ANTHROPIC_API_KEY", "VOXTRAL_API_KEY", "WHISPERX_API_KEY" },
        PlantedSystem.Processes.SelectMany(PlantedSystem.SecretsOf).ToHashSet());

    async Task<string> FailureAsync(string process, (string, string?)[] settings) => (await Assert.ThrowsAsync<InvalidOperationException>(async () =>
    {
        await using var started = await ServiceProcess.StartAsync(process, planted.Environment(process, settings), Ct);
    })).Message;

    static async Task AskAllAsync(ServiceProcess[] running, StringBuilder said)
    {
        foreach (var process in running)
        {
            foreach (var route in Routes)
            {
                said.AppendLine(await GetAsync(process, route, token: null)).AppendLine(await GetAsync(process, route, PlantedSystem.Word("AI_SERVICE_TOKEN")));
            }
        }
    }

    static Task<string> GetAsync(ServiceProcess process, string route, string? token) => SendAsync(process, HttpMethod.Get, route, null, token);

    static Task<string> PostAsync(ServiceProcess process, string route, string body) =>
        SendAsync(process, HttpMethod.Post, route, body, PlantedSystem.Word("AI_SERVICE_TOKEN"));

    static async Task<string> SendAsync(ServiceProcess process, HttpMethod method, string route, string? body, string? token)
    {
        using var request = new HttpRequestMessage(method, new Uri(route, UriKind.Relative));
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await process.Http.SendAsync(request, Ct);
        return $"{response}\n{await response.Content.ReadAsStringAsync(Ct)}";
    }

    static void AssertClean(string said) => Assert.DoesNotContain(said.Split('\n'), line => line.Contains(PlantedSystem.Mark, StringComparison.Ordinal));

    static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));
}
