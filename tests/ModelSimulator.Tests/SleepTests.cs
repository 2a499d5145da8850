using System.Net;
using static AiPlatform.ModelSimulator.Tests.SimulatorServer;

namespace AiPlatform.ModelSimulator.Tests;

/// <summary>vLLM's sleep mode.</summary>
public sealed class SleepTests
{
    const string Hello = """{"messages":[{"role":"user","content":"Hello"}]}""";

    [Theory]
    [InlineData("", "weights_offloaded")]
    [InlineData("?level=2", "discard_all")]
    public async Task A_sleeping_server_refuses_to_generate_until_it_is_woken(string level, string state)
    {
        await using var server = await StartAsync();
        Assert.Equal("""{"is_sleeping":false}""", await server.Http.GetStringAsync("/is_sleeping", Cancelled));
        Assert.Equal(HttpStatusCode.OK, await PostAsync(server, "/sleep" + level));
        Assert.Equal("""{"is_sleeping":true}""", await server.Http.GetStringAsync("/is_sleeping", Cancelled));
        Assert.Equal(1, await server.MetricAsync("vllm:engine_sleep_state", $"qwen2.5-14b\",sleep_state=\"{state}\""));
        Assert.Equal(0, await server.MetricAsync("vllm:engine_sleep_state", "qwen2.5-14b\",sleep_state=\"awake\""));
        await ChatRefusalTests.AssertRefusedAsync(
            await server.ChatAsync(Hello),
            HttpStatusCode.ServiceUnavailable,
            "The model is sleeping. Call /wake_up before it is asked again.",
            "ServiceUnavailableError",
            null);
        Assert.Empty(await server.Http.GetStringAsync("/health", Cancelled));

        Assert.Equal(HttpStatusCode.OK, await PostAsync(server, "/wake_up"));
        Assert.Equal("""{"is_sleeping":false}""", await server.Http.GetStringAsync("/is_sleeping", Cancelled));
        await server.ChatAnswerAsync(Hello);
    }

    [Fact]
    public async Task It_is_awake_when_all_of_it_is()
    {
        await using var server = await StartAsync();
        await PostAsync(server, "/sleep");
        await PostAsync(server, "/wake_up?tags=weights");
        Assert.Equal("""{"is_sleeping":true}""", await server.Http.GetStringAsync("/is_sleeping", Cancelled));
        await PostAsync(server, "/wake_up?tags=kv_cache");
        await server.ChatAnswerAsync(Hello);
    }

    [Fact]
    public async Task What_runs_is_aborted_and_the_cache_is_empty_afterwards()
    {
        await using var server = await StartAsync("SIMULATOR_PREFIX_CACHE=true");
        var prompt = $$"""{"messages":[{"role":"user","content":"{{new string('x', 400)}}"}]}""";
        await server.ChatAnswerAsync(prompt);
        var stalled = server.ChatAsync(prompt, "stall");
        await Eventually.IsAsync(() => server.MetricAsync("vllm:num_requests_running"), running => running == 1);
        await PostAsync(server, "/sleep");
        using var ended = await stalled;
        Assert.Equal(HttpStatusCode.InternalServerError, ended.StatusCode);
        Assert.Equal(1, await server.MetricAsync("vllm:request_success_total", "qwen2.5-14b\",finished_reason=\"abort\""));
        await PostAsync(server, "/wake_up");
        var hits = await server.MetricAsync("vllm:prefix_cache_hits_total");
        await server.ChatAnswerAsync(prompt);
        Assert.Equal(hits, await server.MetricAsync("vllm:prefix_cache_hits_total"));
    }

    [Theory]
    [InlineData("/sleep?level=3", "level is '3', which is none of 1, 2", "level")]
    [InlineData("/sleep?mode=keep", "mode is 'keep'; only 'abort' is simulated", "mode")]
    [InlineData("/wake_up?tags=all", "tags has 'all', which is none of weights, kv_cache", "tags")]
    public async Task What_it_does_not_know_is_refused(string path, string message, string param)
    {
        await using var server = await StartAsync();
        await ChatRefusalTests.AssertRefusedAsync(await server.Http.PostAsync(path, null, Cancelled), HttpStatusCode.BadRequest, message, "BadRequestError", param);
    }

    [Fact]
    public async Task A_reset_wakes_it_and_other_servers_have_no_such_routes()
    {
        await using var server = await StartAsync();
        Assert.Equal(HttpStatusCode.NotFound, await PostAsync(server, "/openai/sleep"));
        await PostAsync(server, "/sleep");
        await PostAsync(server, "/admin/reset");
        await server.ChatAnswerAsync(Hello);
    }

    static async Task<HttpStatusCode> PostAsync(SimulatorServer server, string path)
    {
        using var response = await server.Http.PostAsync(path, null, Cancelled);
        return response.StatusCode;
    }
}
