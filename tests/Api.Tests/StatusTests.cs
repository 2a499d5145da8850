using System.Text.Json;
using System.Text.Json.Nodes;
using AiPlatform.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AiPlatform.Api.Tests;

public sealed class StatusTests(Stores stores)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Stats_count_by_status_and_lane()
    {
        await using var api = await RunningApi.StartAsync(stores);
        await api.CreateAsync("counted");
        await api.CreateAsync("counted");
        await api.ClaimAsync("counted");
        var answer = await api.GetAsync("/api/v1/stats");
        var row = JsonNode.Parse(answer.Text)!["by_task_type"]![0]!;
        Assert.Equal(200, answer.Status);
        Assert.Equal("""{"name":"counted","pending":1,"running":1,"completed":0,"failed":0,"cancelled":0}""", row.ToJsonString());
        Assert.Equal((1, 1, false, false), (answer.Json.GetProperty("by_status").GetProperty("pending").GetInt64(),
            answer.Json.GetProperty("by_status").GetProperty("running").GetInt64(),
            answer.Json.GetProperty("paused").GetBoolean(), answer.Json.GetProperty("degraded").GetBoolean()));
    }

    [Fact]
    public async Task Providers_are_told_as_each_live_worker_sees_them()
    {
        await using var api = await RunningApi.StartAsync(stores);
        Assert.Equal("""{"provider":null,"model":null,"configured":false}""", (await api.GetAsync("/health/provider")).Text);
        await api.ReportAsync("w2", ["default"], ChatTests.Provider(configured: false));
        await api.ReportAsync("w1", ["default"], ChatTests.Provider(configured: true));

        await Eventually.That(
            async () =>
            {
                var answer = await api.GetAsync("/api/v1/providers/status");
                var workers = answer.Json.GetProperty("workers");
                Assert.Equal(["w1", "w2"], workers.EnumerateArray().Select(worker => worker.GetProperty("worker_id").GetString()));
                Assert.True(workers[0].GetProperty("providers")[0].GetProperty("configured").GetBoolean());
            },
            Ct);
        Assert.Equal("""{"provider":"vllm","model":"qwen2.5-14b","configured":true}""", (await api.GetAsync("/health/provider")).Text);
        Assert.Equal("""{"status":"ok"}""", (await api.GetAsync("/health")).Text);
        Assert.True((await api.GetAsync("/queue/status")).Json.GetProperty("running").GetBoolean());
    }

    [Fact]
    public async Task Each_model_of_a_provider_is_told()
    {
        await using var api = await RunningApi.StartAsync(stores);
        await api.ReportAsync("w", ["default"], ChatTests.Provider(configured: true) with
        {
            TlsVerified = false,
            Deployments =
            [
                new() { Model = "m", Groups = ["quality"], Circuit = "open", RestsForMs = 4000, InFlight = 2, TimeToFirstTokenMs = 12.5, LastError = "provider_error" },
            ],
        });

        await Eventually.That(
            async () =>
            {
                var workers = (await api.GetAsync("/api/v1/providers/status")).Json.GetProperty("workers");
                var provider = Assert.Single(workers.EnumerateArray()).GetProperty("providers")[0];
                Assert.False(provider.GetProperty("tls_verified").GetBoolean());
                Assert.Equal(
                    """[{"model":"m","groups":["quality"],"circuit":"open","rests_for_ms":4000,"in_flight":2,"time_to_first_token_ms":12.5,"time_per_token_ms":null,"last_error":"provider_error"}]""",
                    JsonNode.Parse(provider.GetProperty("deployments").GetRawText())!.ToJsonString());
            },
            Ct);
    }

    [Fact]
    public async Task Without_a_sidecar_infra_status_says_so()
    {
        await using var api = await RunningApi.StartAsync(stores);
        await IsInfraAsync(api, """
            {"configured":false,"available":false,"reason":"No sidecar is configured; INFRA_SIDECAR_URL names one.","status":null}
            """);
    }

    [Fact]
    public async Task The_sidecar_is_asked_with_its_token_and_its_answer_is_passed_on()
    {
        await using var sidecar = await SidecarAsync(context =>
            context.Request.Headers.Authorization == "Bearer secret" && context.Request.Path == "/ai/status"
            ? context.Response.WriteAsync("""{"gpus":[{"name":"H100"}],"of_a_later_version":1}""", Ct)
            : StatusAsync(context, 401));
        await using var api = await RunningApi.StartAsync(stores, $"INFRA_SIDECAR_URL={sidecar.Urls.First()}/ai/", "INFRA_SIDECAR_TOKEN=secret");
        await IsInfraAsync(api, """{"configured":true,"available":true,"reason":null,"status":{"gpus":[{"name":"H100"}],"of_a_later_version":1}}""");

        await using var other = await RunningApi.StartAsync(stores, $"INFRA_SIDECAR_URL={sidecar.Urls.First()}", "INFRA_SIDECAR_TOKEN=wrong");
        await IsUnavailableAsync(other, "The sidecar refused the token; INFRA_SIDECAR_TOKEN must be the same in both processes.");
    }

    [Fact]
    public async Task A_sidecar_that_fails_is_reported_and_not_an_error()
    {
        await using var broken = await SidecarAsync(context => StatusAsync(context, 500));
        await using var garbage = await SidecarAsync(context => context.Response.WriteAsync("<html>", Ct));
        await using var silent = await SidecarAsync(context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        await using var first = await RunningApi.StartAsync(stores, $"INFRA_SIDECAR_URL={broken.Urls.First()}");
        await using var second = await RunningApi.StartAsync(stores, $"INFRA_SIDECAR_URL={garbage.Urls.First()}");
        await using var third = await RunningApi.StartAsync(stores, $"INFRA_SIDECAR_URL={silent.Urls.First()}");
        await using var fourth = await RunningApi.StartAsync(stores, "INFRA_SIDECAR_URL=http://127.0.0.1:1");
        await IsUnavailableAsync(first, "The sidecar answered 500.");
        await IsUnavailableAsync(second, "The sidecar answered with something that is not JSON.");
        await IsUnavailableAsync(third, $"The sidecar at {new Uri(silent.Urls.First()).Authority} did not answer within 2 s.");
        await IsUnavailableAsync(fourth, "The sidecar at 127.0.0.1:1 could not be asked: ConnectionError.");
    }

    static Task IsUnavailableAsync(RunningApi api, string reason) =>
        IsInfraAsync(api, JsonSerializer.Serialize(new { configured = true, available = false, reason, status = (string?)null }));

    static async Task IsInfraAsync(RunningApi api, string expected)
    {
        // The API waits two seconds for a sidecar, which a busy machine may take to connect for the first time.
        await Eventually.That(
            async () =>
            {
                var answer = await api.GetAsync("/api/v1/infra/status");
                Assert.Equal(200, answer.Status);
                Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(answer.Text)), answer.Text);
            },
            Ct);
    }

    static Task StatusAsync(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }

    static async Task<WebApplication> SidecarAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(answer);
        await app.StartAsync(Ct);
        return app;
    }
}
