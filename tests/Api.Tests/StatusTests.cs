using System.Text.Json.Nodes;
using AiPlatform.Testing;

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
}
