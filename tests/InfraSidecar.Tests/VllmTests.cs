using AiPlatform.Contracts.Infra;
using AiPlatform.InfraSidecar.Tests.Fakes;

namespace AiPlatform.InfraSidecar.Tests;

public sealed class VllmTests
{
    [Fact]
    public async Task Two_engines_of_the_present_vLLM_are_added_up()
    {
        await using var vllm = await FakeVllm.StartAsync(MetricsPages.V1);
        await using var sidecar = await RunningSidecar.StartAsync("VLLM_SAMPLE_INTERVAL=1m", $"VLLM_METRICS_URLS=voxtral={vllm.Url}/v1/");

        var status = await sidecar.SampledAsync();

        var expected = new InferenceStatus
        {
            Name = "voxtral",
            UrlHost = vllm.Host,
            Healthy = true,
            Version = "0.26.0",
            Models = ["mistralai/Voxtral-Small-24B-2507"],
            Requests = new InferenceRequests { Running = 5, Waiting = 5, WaitingCapacity = 4, WaitingDeferred = 1 },
            SleepState = "awake",
            KvCacheUsage = 0.61,
            TokensPerS = new InferenceTokenRates(),
            LatencyS = new InferenceLatencies(),
            Totals = new InferenceTotals
            {
                PromptTokens = 10_777_853_952,
                GenerationTokens = 12_400,
                Preemptions = 7,
                PrefixCacheQueries = 1_000_000,
                PrefixCacheHits = 250_000,
                Finished = new Dictionary<string, double> { ["stop"] = 120, ["length"] = 3, ["abort"] = 1 },
            },
        };
        Assert.Equivalent(new[] { expected }, status.Inference, strict: true);
        Assert.Equal(
            new SourceState { Available = true, Backend = "prometheus", Stale = false },
            status.Sources.Vllm with { CollectedAt = null, AgeMs = null, DurationMs = null });
        Assert.Equal(InfraHealth.Ok, status.Status);
    }

    [Fact]
    public async Task The_names_of_the_former_engine_are_understood()
    {
        await using var vllm = await FakeVllm.StartAsync(MetricsPages.V0);
        await using var sidecar = await RunningSidecar.StartAsync($"VLLM_METRICS_URLS={vllm.Url}");

        // The second scrape gives rates: of a server at rest they are 0, and its latencies null.
        var server = Assert.Single((await sidecar.StatusWhenAsync(status => status.Inference is [{ WindowS: not null }])).Inference);

        Assert.Equal((vllm.Host, vllm.Host, true), (server.Name, server.UrlHost, server.Healthy));
        Assert.Equal(["/models/qwen2.5-14b"], server.Models);
        Assert.Equal(new InferenceRequests { Running = 8, Waiting = 0 }, server.Requests with { FinishedPerS = null });
        Assert.Equal(0.4375, server.KvCacheUsage);
        Assert.Equal(new InferenceTotals { PromptTokens = 2048, GenerationTokens = 512, Preemptions = 0 }, server.Totals with { Finished = null });
        Assert.Equal(new Dictionary<string, double> { ["stop"] = 0 }, server.Requests.FinishedPerS);
        Assert.Equal(new InferenceTokenRates { Prompt = 0, Generation = 0 }, server.TokensPerS);
        Assert.Equal(new InferenceLatencies(), server.LatencyS);
        Assert.Null(server.PrefixCacheHitRatio);
    }

    [Fact]
    public async Task A_server_sleeps_when_one_of_its_engines_does()
    {
        const string Sleeping = """
            vllm:num_requests_running{engine="0",model_name="m"} 0
            vllm:engine_sleep_state{engine="0",model_name="m",sleep_state="awake"} 1
            vllm:engine_sleep_state{engine="0",model_name="m",sleep_state="weights_offloaded"} 0
            vllm:engine_sleep_state{engine="0",model_name="m",sleep_state="discard_all"} 0
            vllm:engine_sleep_state{engine="1",model_name="m",sleep_state="awake"} 0
            vllm:engine_sleep_state{engine="1",model_name="m",sleep_state="weights_offloaded"} 1
            """;
        await using var vllm = await FakeVllm.StartAsync(Sleeping);
        await using var sidecar = await RunningSidecar.StartAsync($"VLLM_METRICS_URLS={vllm.Url}");

        Assert.Equal("weights_offloaded", Assert.Single((await sidecar.SampledAsync()).Inference).SleepState);
    }

    [Theory]
    [InlineData("ray_vllm:num_requests_running{model_name=\"m\"} 2")]
    [InlineData("ray_vllm_num_requests_running{model_name=\"m\"} 2")]
    [InlineData("vllm:num_requests_running{model_name=\"m\"} 2\nvllm:num_requests_waiting{model_name=\"m\"} NaN")]
    public async Task A_server_behind_Ray_or_with_few_metrics_is_understood(string page)
    {
        await using var vllm = await FakeVllm.StartAsync(page);
        await using var sidecar = await RunningSidecar.StartAsync($"VLLM_METRICS_URLS={vllm.Url}");

        var server = Assert.Single((await sidecar.SampledAsync()).Inference);

        Assert.Equal(new InferenceRequests { Running = 2 }, server.Requests with { FinishedPerS = null });
        Assert.Equal(["m"], server.Models);
        Assert.Null(server.KvCacheUsage);
        Assert.Equal(new InferenceTotals(), server.Totals);
    }

    [Fact]
    public async Task Numbers_beyond_all_measure_do_not_break_the_status()
    {
        await using var vllm = await FakeVllm.StartAsync(
            """
            vllm:num_requests_running{engine="0"} 1.7e308
            vllm:num_requests_running{engine="1"} 1.7e308
            vllm:num_requests_waiting 2
            vllm:request_success_total{engine="0",finished_reason="stop"} 1.7e308
            vllm:request_success_total{engine="1",finished_reason="stop"} 1.7e308
            """);
        await using var sidecar = await RunningSidecar.StartAsync($"VLLM_METRICS_URLS={vllm.Url}");

        var server = Assert.Single((await sidecar.StatusWhenAsync(status => status.Inference is [{ WindowS: not null }])).Inference);

        Assert.Equal((null, 2), (server.Requests.Running, server.Requests.Waiting));
        Assert.Null(server.Totals.Finished);
    }

    [Fact]
    public async Task A_model_server_that_is_sick_says_so_and_keeps_its_numbers()
    {
        await using var vllm = await FakeVllm.StartAsync(MetricsPages.V0);
        vllm.Health = FakeVllm.Status(503);
        await using var sidecar = await RunningSidecar.StartAsync($"VLLM_METRICS_URLS={vllm.Url}");

        var status = await sidecar.SampledAsync();

        var server = Assert.Single(status.Inference);
        Assert.Equal((false, 8), (server.Healthy, server.Requests.Running));
        Assert.Equal(new InfraError("http_error", $"{vllm.Url}/health answered 503."), server.Error);
        Assert.Equal(InfraHealth.Degraded, status.Status);
    }

    [Fact]
    public async Task A_proxy_that_passes_on_only_the_metrics_is_well()
    {
        await using var vllm = await FakeVllm.StartAsync(MetricsPages.V0);
        (vllm.Health, vllm.Version) = (FakeVllm.Status(404), FakeVllm.Text("[1]"));
        await using var sidecar = await RunningSidecar.StartAsync($"VLLM_METRICS_URLS={vllm.Url}");

        var status = await sidecar.SampledAsync();

        var server = Assert.Single(status.Inference);
        Assert.Equal((true, null, null), (server.Healthy, server.Version, server.Error));
        Assert.Equal(InfraHealth.Ok, status.Status);
    }

    [Fact]
    public async Task A_server_that_comes_back_as_another_version_is_asked_again()
    {
        await using var vllm = await FakeVllm.StartAsync(MetricsPages.V0);
        await using var sidecar = await RunningSidecar.StartAsync($"VLLM_METRICS_URLS={vllm.Url}");
        await sidecar.StatusWhenAsync(status => status.Inference is [{ Version: "0.26.0" }]);

        vllm.Metrics = FakeVllm.Status(503);
        await sidecar.StatusWhenAsync(status => status.Inference is [{ Error: not null, Version: null }]);
        (vllm.Metrics, vllm.Version) = (FakeVllm.Text(MetricsPages.V0), FakeVllm.Text("""{"version":"0.27.1"}"""));

        await sidecar.StatusWhenAsync(status => status.Inference is [{ Error: null, Version: "0.27.1" }]);
    }
}
