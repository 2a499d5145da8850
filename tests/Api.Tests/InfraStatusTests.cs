using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;
using AiPlatform.Api.Infra;
using AiPlatform.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace AiPlatform.Api.Tests;

/// <summary>What the API makes of the sidecars' answers. All but the last test ask without a system around it.</summary>
public sealed class InfraStatusTests(Stores stores)
{
    const string Answer =
        """
        {"status":"ok","generated_at":"2026-01-02T03:04:05Z","host":{"name":"gpu1"},"sources":{"gpu":{"stale":false}},
         "gpus":[{"uuid":"GPU-1","of_a_later_version":1}],"containers":[{"name":"vllm"}],"inference":[]}
        """;

    readonly ManualTimeProvider _time = new();

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_a_sidecar_it_says_so()
    {
        using var client = Client(out var options);
        var report = await new Sidecars(client, options, _time).ReportAsync(Ct);
        Assert.Equal((false, false, null), (report.Configured, report.Available, report.Status));
        Assert.Equal("No sidecar is configured; INFRA_SIDECAR_URL names one or several.", report.Reason);
    }

    [Fact]
    public async Task What_several_sidecars_say_is_one_report()
    {
        await using var first = await SidecarAsync(context => AnswerTo(context, "/ai/status", "secret"));
        await using var second = await SidecarAsync(context => context.Response.WriteAsync(
            """{"status":"degraded","gpus":[{"uuid":"GPU-2","sidecar":"itself"}, 7],"inference":[{"name":"qwen"}]}""", Ct));
        using var client = Client(out var options, $"gpu1={Url(first)}/ai/", Url(second));

        var report = await new Sidecars(client, options, _time).ReportAsync(Ct);

        Assert.Equal((true, true, null, "degraded"), (report.Configured, report.Available, report.Reason, report.Status));
        var host = new Uri(Url(second)).Authority;
        Assert.Equal(["""{"sidecar":"gpu1","uuid":"GPU-1","of_a_later_version":1}""", $$"""{"sidecar":"{{host}}","uuid":"GPU-2"}"""], Raw(report.Gpus));
        Assert.Equal(["""{"sidecar":"gpu1","name":"vllm"}"""], Raw(report.Containers));
        Assert.Equal([$$"""{"sidecar":"{{host}}","name":"qwen"}"""], Raw(report.Inference));
        Assert.Equal(
            [("gpu1", new Uri(Url(first)).Authority, true, "ok", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)), (host, host, true, "degraded", null)],
            report.Sidecars.Select(sidecar => (sidecar.Name, sidecar.UrlHost, sidecar.Available, sidecar.Status, sidecar.GeneratedAt)));
        Assert.Equal("""{"name":"gpu1"}""", report.Sidecars[0].Host?.GetRawText());
        Assert.Equal("""{"gpu":{"stale":false}}""", report.Sidecars[0].Sources?.GetRawText());
    }

    [Fact]
    public async Task A_sidecar_that_fails_is_told_and_hides_no_other()
    {
        await using var well = await SidecarAsync(context => AnswerTo(context, "/status", "secret"));
        await using var broken = await SidecarAsync(context => StatusAsync(context, 500));
        await using var garbage = await SidecarAsync(context => context.Response.WriteAsync("<html>", Ct));
        await using var list = await SidecarAsync(context => context.Response.WriteAsync("[1]", Ct));
        await using var half = await SidecarAsync(context => context.Response.WriteAsync("""{"status":"ok","gpus":[{"name":"\ud800"}]}""", Ct));
        await using var halfName = await SidecarAsync(context => context.Response.WriteAsync("""{"status":"ok","host":{"\udc00":1}}""", Ct));
        await using var deep = await SidecarAsync(context => context.Response.WriteAsync(
            """{"status":"ok","host":{"a":""" + new string('[', 60) + new string(']', 60) + "}}", Ct));
        await using var refusing = await SidecarAsync(context => StatusAsync(context, 401));
        using var client = Client(
            out var options, $"well={Url(well)}", $"broken={Url(broken)}", $"garbage={Url(garbage)}", $"list={Url(list)}", $"half={Url(half)}", $"half-name={Url(halfName)}", $"deep={Url(deep)}",
            $"refusing={Url(refusing)}", "gone=http://127.0.0.1:1");

        var report = await new Sidecars(client, options, _time).ReportAsync(Ct);

        Assert.Equal((true, "degraded"), (report.Available, report.Status));
        Assert.Equal("8 of 9 sidecars did not tell their status: broken, garbage, list, half, half-name, deep, refusing, gone.", report.Reason);
        Assert.Equal(
            [
                null,
                "It answered 500.",
                "It answered with something that is not JSON.",
                "It answered with something that is no status.",
                "It answered with text that is not Unicode, or nested too deeply.",
                "It answered with something that is not JSON.",
                "It answered with text that is not Unicode, or nested too deeply.",
                "It refused the token; INFRA_SIDECAR_TOKEN must be the same in both processes.",
                "It could not be asked: ConnectionError.",
            ],
            report.Sidecars.Select(sidecar => sidecar.Reason));
        Assert.Single(report.Gpus);
    }

    [Fact]
    public async Task A_sidecar_that_hangs_is_given_up()
    {
        await using var silent = await SidecarAsync(context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        using var client = Client(out var options, [$"silent={Url(silent)}"], timeout: TimeSpan.FromMilliseconds(500));

        var report = await new Sidecars(client, options, _time).ReportAsync(Ct);

        Assert.Equal((true, false, "unavailable"), (report.Configured, report.Available, report.Status));
        Assert.Equal("It did not answer within 0.5 s (INFRA_SIDECAR_TIMEOUT).", Assert.Single(report.Sidecars).Reason);
    }

    [Fact]
    public async Task An_answer_holds_for_two_seconds_and_is_asked_for_once_whoever_waits()
    {
        var asked = 0;
        var let = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var sidecar = await SidecarAsync(async context =>
        {
            Interlocked.Increment(ref asked);
            await let.Task;
            await context.Response.WriteAsync(Answer, Ct);
        });
        using var client = Client(out var options, Url(sidecar));
        var sidecars = new Sidecars(client, options, _time);

        var (first, second) = (sidecars.ReportAsync(Ct), sidecars.ReportAsync(Ct));
        let.SetResult();
        Assert.True((await first).Available && (await second).Available);
        _time.Advance(Sidecars.Fresh - TimeSpan.FromMilliseconds(1));
        Assert.Equal(1999, (await sidecars.ReportAsync(Ct)).Sidecars[0].AgeMs);
        Assert.Equal(1, asked);

        _time.Advance(TimeSpan.FromMilliseconds(1));
        await sidecars.ReportAsync(Ct);
        Assert.Equal(2, asked);
    }

    [Fact]
    public async Task A_caller_who_leaves_takes_nothing_from_the_others()
    {
        var let = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var sidecar = await SidecarAsync(async context =>
        {
            await let.Task;
            await context.Response.WriteAsync(Answer, Ct);
        });
        using var client = Client(out var options, Url(sidecar));
        var sidecars = new Sidecars(client, options, _time);
        using var leaving = new CancellationTokenSource();

        var (left, stays) = (sidecars.ReportAsync(leaving.Token), sidecars.ReportAsync(Ct));
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        let.SetResult();
        Assert.True((await stays).Available);
    }

    [Theory]
    [InlineData("from-file\n", "from-file")]
    [InlineData("gpu2=other\ngpu1 = own==\n", "own==")]
    [InlineData("gpu2=other\nb64==\n", "b64==")]
    [InlineData("gpu2=other\n", "secret")]
    [InlineData("gone=old\n", "secret")]
    [InlineData("gone=old==\ngpu2=other\n*=a=b==\n", "a=b==")]
    [InlineData("# gpu1=commented\ngpu2=\nfrom-file\n", "from-file")]
    [InlineData("", "secret")]
    public async Task Tokens_come_from_a_file_that_may_change(string file, string expected)
    {
        var path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, file, Ct);
        await using var sidecar = await SidecarAsync(context => AnswerTo(context, "/status", expected));
        using var client = Client(out var options, [$"gpu1={Url(sidecar)}", "gpu2=http://127.0.0.1:1"], tokenFile: path);
        var sidecars = new Sidecars(client, options, _time);

        Assert.Equal([null, "It could not be asked: ConnectionError."], (await sidecars.ReportAsync(Ct)).Sidecars.Select(found => found.Reason));
        File.Delete(path);
        _time.Advance(Sidecars.Fresh);
        Assert.Equal("INFRA_SIDECAR_TOKEN_FILE cannot be read.", (await sidecars.ReportAsync(Ct)).Sidecars[0].Reason);
    }

    [Fact]
    public async Task The_route_answers_200_when_every_sidecar_is_down()
    {
        await using var api = await RunningApi.StartAsync(stores, "INFRA_SIDECAR_URL=gpu1=http://127.0.0.1:1", "INFRA_SIDECAR_TIMEOUT=1m");

        var answer = await api.GetAsync("/api/v1/infra/status");

        Assert.Equal(200, answer.Status);
        var report = JsonNode.Parse(answer.Text)!.AsObject();
        Assert.Equal(
            ["configured", "available", "reason", "status", "sidecars", "gpus", "containers", "inference"], report.Select(property => property.Key));
        report["sidecars"]![0]!["age_ms"] = 0;
        Assert.Equal(
            """
            {"name":"gpu1","url_host":"127.0.0.1:1","available":false,"reason":"It could not be asked: ConnectionError.","age_ms":0,
            "status":null,"generated_at":null,"host":null,"sources":null}
            """.ReplaceLineEndings(""),
            report["sidecars"]![0]!.ToJsonString());
    }

    SidecarClient Client(out IOptions<ApiOptions> options, params string[] urls) => Client(out options, urls, timeout: TimeSpan.FromMinutes(1));

    SidecarClient Client(out IOptions<ApiOptions> options, string[] urls, TimeSpan? timeout = null, string? tokenFile = null, string? authorities = null)
    {
        options = Options.Create(new ApiOptions
        {
            SidecarUrls = urls,
            SidecarToken = "secret",
            SidecarTokenFile = tokenFile,
            SidecarAuthoritiesFile = authorities,
            SidecarTimeout = timeout ?? TimeSpan.FromMinutes(1),
        });
        return new SidecarClient(options, _time, NullLogger<SidecarClient>.Instance);
    }

    [Fact]
    public async Task A_sidecar_with_an_authority_of_its_own_is_believed_by_INFRA_SIDECAR_CA_FILE_alone()
    {
        using var authority = new TestAuthority();
        using var other = new TestAuthority("Another authority");
        var (certificate, key) = authority.Issue("sidecar");
        await using var sidecar = await SidecarAsync(context => AnswerTo(context, "/status", "secret"), (certificate, key));
        string[] urls = [Url(sidecar)];
        foreach (var untold in (string?[])[null, other.Certificate])
        {
            using var stranger = Client(out var strange, urls, authorities: untold);
            Assert.Equal("It could not be asked: SecureConnectionError.", (await new Sidecars(stranger, strange, _time).ReportAsync(Ct)).Sidecars[0].Reason);
        }
        using var client = Client(out var options, urls, authorities: authority.Certificate);
        Assert.True((await new Sidecars(client, options, _time).ReportAsync(Ct)).Available);
        // By its name, too: 127.0.0.2 is this machine, and not in the certificate.
        using var elsewhere = Client(out var named, [Url(sidecar).Replace("127.0.0.1", "127.0.0.2", StringComparison.Ordinal)], authorities: authority.Certificate);
        Assert.False((await new Sidecars(elsewhere, named, _time).ReportAsync(Ct)).Available);
    }

    [Fact]
    public async Task A_file_of_authorities_that_has_none_stops_the_start()
    {
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => RunningApi.StartAsync(stores, "INFRA_SIDECAR_CA_FILE=/nowhere.pem"));
        Assert.Contains("INFRA_SIDECAR_CA_FILE is '/nowhere.pem': a file with certificates in PEM is expected (Could not find file '/nowhere.pem').", failure.Message, StringComparison.Ordinal);
    }

    static string[] Raw(IReadOnlyList<JsonElement> entries) => [.. entries.Select(entry => entry.GetRawText())];

    static string Url(WebApplication app) => app.Urls.Single();

    static Task AnswerTo(HttpContext context, string path, string token) =>
        context.Request.Headers.Authorization == $"Bearer {token}" && context.Request.Path == path
            ? context.Response.WriteAsync(Answer, Ct)
            : StatusAsync(context, 401);

    static Task StatusAsync(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }

    static async Task<WebApplication> SidecarAsync(RequestDelegate answer, (string Certificate, string Key)? files = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"{(files is null ? "http" : "https")}://127.0.0.1:0");
        if (files is (var certificate, var key))
        {
            using var ephemeral = X509Certificate2.CreateFromPemFile(certificate, key);
            var usable = X509CertificateLoader.LoadPkcs12(ephemeral.Export(X509ContentType.Pkcs12), null);
            builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(server => server.ConfigureHttpsDefaults(https => https.ServerCertificate = usable));
        }
        var app = builder.Build();
        app.Run(answer);
        await app.StartAsync(Ct);
        return app;
    }
}
