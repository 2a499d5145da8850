using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using static AiPlatform.ModelSimulator.Tests.SimulatorServer;

namespace AiPlatform.ModelSimulator.Tests;

/// <summary>What vLLM serves beside answers: tokens of a text, and its load.</summary>
public sealed class ServerExtrasTests
{
    const string Messages = """{"messages":[{"role":"system","content":"Be kind"},{"role":"user","content":"Hello there"}]}""";

    [Fact]
    public async Task Tokens_of_messages_are_those_that_usage_counts()
    {
        await using var server = await StartAsync();
        var counted = await TokenizeAsync(server, Messages);
        var answer = await server.ChatAnswerAsync(Messages);
        Assert.Equal(answer.GetProperty("usage").GetProperty("prompt_tokens").GetInt32(), counted.GetProperty("count").GetInt32());
        Assert.Equal(counted.GetProperty("count").GetInt32(), counted.GetProperty("tokens").GetArrayLength());
        Assert.Equal(32_768, counted.GetProperty("max_model_len").GetInt32());
    }

    [Fact]
    public async Task The_same_prompt_has_the_same_tokens()
    {
        await using var server = await StartAsync();
        var one = await TokenizeAsync(server, """{"prompt":"one two three"}""");
        var other = await TokenizeAsync(server, """{"prompt":"one two"}""");
        Assert.Equal((4, 2), (one.GetProperty("count").GetInt32(), other.GetProperty("count").GetInt32()));
        Assert.Equal(one.GetProperty("tokens")[0].GetRawText(), other.GetProperty("tokens")[0].GetRawText());
        Assert.NotEqual(one.GetProperty("tokens")[1].GetRawText(), other.GetProperty("tokens")[1].GetRawText());
    }

    [Fact]
    public async Task Nothing_to_tokenize_is_refused()
    {
        await using var server = await StartAsync();
        await ChatRefusalTests.AssertRefusedAsync(await PostAsync(server, "{}"), HttpStatusCode.BadRequest, "Field required", "BadRequestError", "prompt");
    }

    [Theory]
    [InlineData("TEXT", "TEXT named_metrics.kv_cache_usage_perc=0.5, named_metrics.num_requests_waiting=0.0")]
    [InlineData("json", """JSON {"named_metrics": {"kv_cache_usage_perc": 0.5, "num_requests_waiting": 0.0}}""")]
    [InlineData("BIN", null)]
    [InlineData(null, null)]
    public async Task A_caller_that_asks_is_told_the_load(string? format, string? load)
    {
        await using var server = await StartAsync("SIMULATOR_KV_BLOCKS=4", "SIMULATOR_MAX_MODEL_LEN=64");
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var stalled = server.ChatUntilAsync("""{"messages":[{"role":"user","content":"Hello there"}]}""", "stall", leaving.Token);
        await Eventually.IsAsync(() => server.MetricAsync("vllm:kv_cache_usage_perc"), usage => usage > 0);

        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = JsonContent.Create(JsonElement.Parse(Messages)) };
        if (format is not null)
            request.Headers.Add("endpoint-load-metrics-format", format);
        using var response = await server.Http.SendAsync(request, Cancelled);
        Assert.Equal(load, response.Headers.TryGetValues("endpoint-load-metrics", out var told) ? Assert.Single(told) : null);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stalled);
    }

    static Task<HttpResponseMessage> PostAsync(SimulatorServer server, string json) =>
        server.Http.PostAsync("/tokenize", new StringContent(json, Encoding.UTF8, "application/json"), Cancelled);

    static async Task<JsonElement> TokenizeAsync(SimulatorServer server, string json)
    {
        using var response = await PostAsync(server, json);
        var body = await response.Content.ReadAsStringAsync(Cancelled);
        Assert.True(response.IsSuccessStatusCode, body);
        return JsonElement.Parse(body);
    }
}
