using System.Net.Http.Json;
using System.Text.Json;
using static AiPlatform.ModelSimulator.Tests.SimulatorServer;

namespace AiPlatform.ModelSimulator.Tests;

public sealed class MetricsTests
{
    const string Hello = """{"messages":[{"role":"user","content":"Hello there"}]}""";

    [Fact]
    public async Task Counters_and_histograms_follow_what_was_done()
    {
        await using var server = await StartAsync();
        await server.ChatAnswerAsync(Hello);
        await server.ChatAnswerAsync("""{"max_tokens":4,"messages":[{"role":"user","content":"Hello there"}]}""");

        Assert.Equal(14, await server.MetricAsync("vllm:prompt_tokens_total"));
        Assert.Equal(16, await server.MetricAsync("vllm:generation_tokens_total"));
        Assert.Equal(1, await server.MetricAsync("vllm:request_success_total", "qwen2.5-14b\",finished_reason=\"stop\""));
        Assert.Equal(1, await server.MetricAsync("vllm:request_success_total", "qwen2.5-14b\",finished_reason=\"length\""));
        Assert.Equal(2, await server.MetricAsync("vllm:time_to_first_token_seconds_count"));
        Assert.Equal(14, await server.MetricAsync("vllm:inter_token_latency_seconds_count"));
        Assert.Equal(2, await server.MetricAsync("vllm:e2e_request_latency_seconds_count"));
        Assert.Equal(1, await server.MetricAsync("vllm:request_generation_tokens_bucket", "qwen2.5-14b\",le=\"5.0\""));
        Assert.Equal(2, await server.MetricAsync("vllm:request_generation_tokens_bucket", "qwen2.5-14b\",le=\"20.0\""));
        Assert.Equal(16, await server.MetricAsync("vllm:request_generation_tokens_sum"));
        Assert.Equal(0, await server.MetricAsync("vllm:generation_tokens_total", "Voxtral"));
    }

    [Fact]
    public async Task Running_requests_hold_blocks_of_the_cache()
    {
        await using var server = await StartAsync("SIMULATOR_KV_BLOCKS=4", "SIMULATOR_MAX_MODEL_LEN=64");
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var stalled = server.ChatUntilAsync(Hello, "stall", leaving.Token);
        Assert.Equal(0.5, await Eventually.IsAsync(() => server.MetricAsync("vllm:kv_cache_usage_perc"), usage => usage > 0));
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stalled);
        Assert.Equal(0, await Eventually.IsAsync(() => server.MetricAsync("vllm:kv_cache_usage_perc"), usage => usage == 0));
    }

    [Fact]
    public async Task A_configured_pace_is_kept_and_measured()
    {
        await using var server = await StartAsync("SIMULATOR_FIRST_TOKEN_MS=60", "SIMULATOR_INTER_TOKEN_MS=5");
        await server.ChatAnswerAsync(Hello);
        Assert.InRange(await server.MetricAsync("vllm:time_to_first_token_seconds_sum"), 0.06, 10);
        Assert.Equal(0, await server.MetricAsync("vllm:time_to_first_token_seconds_bucket", "qwen2.5-14b\",le=\"0.04\""));
        Assert.InRange(await server.MetricAsync("vllm:e2e_request_latency_seconds_sum"), 0.06 + (11 * 0.005), 10);
    }

    [Fact]
    public async Task The_page_has_every_family_with_its_type()
    {
        await using var server = await StartAsync();
        using var response = await server.Http.GetAsync("/metrics", Cancelled);
        var page = await response.Content.ReadAsStringAsync(Cancelled);
        Assert.Equal("text/plain", response.Content.Headers.ContentType?.MediaType);
        var families = page.Split('\n').Where(line => line.StartsWith("# TYPE vllm:", StringComparison.Ordinal)).Select(line => line["# TYPE vllm:".Length..]).Order(StringComparer.Ordinal);
        Assert.Equal(
            """
            admission_rejections_total counter
            cache_config_info gauge
            e2e_request_latency_seconds histogram
            engine_sleep_state gauge
            generation_tokens_total counter
            http_requests_client_disconnected_total counter
            inter_token_latency_seconds histogram
            iteration_tokens_total histogram
            kv_cache_usage_perc gauge
            num_preemptions_total counter
            num_requests_running gauge
            num_requests_waiting gauge
            num_requests_waiting_by_reason gauge
            prefix_cache_hits_total counter
            prefix_cache_queries_total counter
            prompt_tokens_total counter
            request_decode_time_seconds histogram
            request_generation_tokens histogram
            request_inference_time_seconds histogram
            request_max_num_generation_tokens histogram
            request_params_max_tokens histogram
            request_params_n histogram
            request_prefill_kv_computed_tokens histogram
            request_prefill_time_seconds histogram
            request_prompt_tokens histogram
            request_queue_time_seconds histogram
            request_success_total counter
            request_time_per_output_token_seconds histogram
            time_to_first_token_seconds histogram
            """,
            string.Join('\n', families));
    }

    [Fact]
    public async Task Models_version_load_and_probes_answer_as_vllm_does()
    {
        await using var server = await StartAsync("SIMULATOR_MODELS=small, large", "SIMULATOR_AUDIO_MODELS=", "SIMULATOR_EMBEDDING_MODELS=", "SIMULATOR_MAX_MODEL_LEN=4096");
        var models = await server.Http.GetFromJsonAsync<JsonElement>("/v1/models", Cancelled);
        Assert.Equal(
            [("small", "vllm", 4096), ("large", "vllm", 4096)],
            models.GetProperty("data").EnumerateArray().Select(model => (model.GetProperty("id").GetString(), model.GetProperty("owned_by").GetString(), model.GetProperty("max_model_len").GetInt32())));
        Assert.Equal("""{"version":"0.26.0+modelsimulator"}""", await server.Http.GetStringAsync("/version", Cancelled));
        Assert.Equal("""{"server_load":0}""", await server.Http.GetStringAsync("/load", Cancelled));
        Assert.Empty(await server.Http.GetStringAsync("/health", Cancelled));
        Assert.Empty(await server.Http.GetStringAsync("/ping", Cancelled));
    }
}
