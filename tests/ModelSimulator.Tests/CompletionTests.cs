using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using static AiPlatform.ModelSimulator.Tests.SimulatorServer;

namespace AiPlatform.ModelSimulator.Tests;

/// <summary>OpenAI's older route, <c>/v1/completions</c>.</summary>
public sealed class CompletionTests
{
    const string Answer = " This is a simulated answer from ModelSimulator. You said: Hello there";

    [Fact]
    public async Task A_prompt_is_answered_in_vllms_shape()
    {
        await using var server = await StartAsync();
        var answer = await CompleteAsync(server, """{"model":"qwen2.5-14b","prompt":"Hello there","max_tokens":50}""");
        Assert.StartsWith("cmpl-", answer.GetProperty("id").GetString(), StringComparison.Ordinal);
        Assert.Equal(("text_completion", "qwen2.5-14b"), (answer.GetProperty("object").GetString(), answer.GetProperty("model").GetString()));
        Assert.Equal(
            $$"""[{"index":0,"text":"{{Answer}}","logprobs":null,"finish_reason":"stop","stop_reason":null,"token_ids":null,"prompt_logprobs":null}]""",
            answer.GetProperty("choices").GetRawText());
        Assert.Equal("""{"prompt_tokens":3,"total_tokens":15,"completion_tokens":12,"prompt_tokens_details":null}""", answer.GetProperty("usage").GetRawText());
        Assert.Equal("/v1/completions", Assert.Single(await server.RequestsAsync()).GetProperty("path").GetString());
    }

    [Fact]
    public async Task Sixteen_tokens_are_the_limit_unless_the_request_says_more()
    {
        await using var server = await StartAsync("SIMULATOR_ANSWER_TOKENS=30");
        var answer = await CompleteAsync(server, """{"prompt":"Hello"}""");
        Assert.Equal(("length", 16), (Choices(answer)[0].GetProperty("finish_reason").GetString(), answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32()));
    }

    [Fact]
    public async Task Each_of_several_prompts_has_n_answers_in_order()
    {
        await using var server = await StartAsync();
        var answer = await CompleteAsync(server, """{"prompt":["one","two"],"n":2,"max_tokens":50}""");
        Assert.Equal([0, 1, 2, 3], Choices(answer).Select(choice => choice.GetProperty("index").GetInt32()));
        Assert.Equal(["one", "(choice 2)", "two", "(choice 2)"], Choices(answer).Select(choice => Words(choice, 10)));
        Assert.Equal(2, answer.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(2, await server.MetricAsync("vllm:request_params_n_bucket", "qwen2.5-14b\",le=\"2.0\""));
    }

    [Fact]
    public async Task An_echo_brings_the_prompt_back_even_without_a_token_more()
    {
        await using var server = await StartAsync();
        var answer = await CompleteAsync(server, """{"prompt":"Hello there","echo":true,"max_tokens":2}""");
        Assert.Equal("Hello there This is", Choices(answer)[0].GetProperty("text").GetString());
        var none = await CompleteAsync(server, """{"prompt":"Hello there","echo":true,"max_tokens":0}""");
        Assert.Equal(("Hello there", "length"), (Choices(none)[0].GetProperty("text").GetString(), Choices(none)[0].GetProperty("finish_reason").GetString()));
    }

    [Fact]
    public async Task Log_probabilities_are_four_lists_that_begin_with_the_echo()
    {
        await using var server = await StartAsync();
        var answer = await CompleteAsync(server, """{"prompt":"Hello there","echo":true,"max_tokens":2,"logprobs":2}""");
        var logprobs = Choices(answer)[0].GetProperty("logprobs");
        Assert.Equal("""["Hello"," there"," This"," is"]""", logprobs.GetProperty("tokens").GetRawText());
        Assert.Equal("[0,5,11,16]", logprobs.GetProperty("text_offset").GetRawText());
        Assert.Equal(
            [JsonValueKind.Null, JsonValueKind.Number, JsonValueKind.Number, JsonValueKind.Number],
            logprobs.GetProperty("token_logprobs").EnumerateArray().Select(value => value.ValueKind));
        var top = logprobs.GetProperty("top_logprobs")[2];
        Assert.Equal([" This", " This~1"], top.EnumerateObject().Select(one => one.Name));
        Assert.Equal(logprobs.GetProperty("token_logprobs")[2].GetDouble(), top.GetProperty(" This").GetDouble());
    }

    [Fact]
    public async Task A_stream_has_the_echo_then_a_chunk_per_token_and_usage()
    {
        await using var server = await StartAsync();
        using var response = await PostAsync(
            server, """{"prompt":"Hello there","echo":true,"max_tokens":3,"logprobs":0,"stream":true,"stream_options":{"include_usage":true}}""");
        var events = await Sse.ReadAsync(response);
        Assert.Equal("[DONE]", events[^1]);
        var chunks = events.SkipLast(1).Select(Sse.Json).ToList();
        Assert.Equal(["Hello there", " This", " is", " a", ""], chunks.SkipLast(1).Select(chunk => Choices(chunk)[0].GetProperty("text").GetString()));
        Assert.Equal("length", Choices(chunks[^2])[0].GetProperty("finish_reason").GetString());
        Assert.Equal("[16]", Choices(chunks[2])[0].GetProperty("logprobs").GetProperty("text_offset").GetRawText());
        Assert.Empty(Choices(chunks[^1]));
        Assert.Equal(6, chunks[^1].GetProperty("usage").GetProperty("total_tokens").GetInt32());
    }

    [Fact]
    public async Task Faults_and_stop_strings_hold_here_too()
    {
        await using var server = await StartAsync();
        var answer = await CompleteAsync(server, """{"prompt":"Hello there","max_tokens":50,"stop":" You"}""");
        Assert.Equal(" This is a simulated answer from ModelSimulator.", Choices(answer)[0].GetProperty("text").GetString());
        Assert.Equal(" You", Choices(answer)[0].GetProperty("stop_reason").GetString());
        await server.ArmAsync("status;code=503");
        using var refused = await PostAsync(server, """{"prompt":"Hello there"}""");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
    }

    [Theory]
    [InlineData("{}", "Field required", "prompt")]
    [InlineData("{\"prompt\":[]}", "Input should be a string or a list of 1 to 128 inputs", "prompt")]
    [InlineData("{\"prompt\":\"x\",\"max_tokens\":0}", "max_tokens must be at least 1, got 0.", "max_tokens")]
    [InlineData("{\"prompt\":\"x\",\"logprobs\":21}", "Requested sample logprobs of 21, which is greater than max allowed: 20", "logprobs")]
    [InlineData("{\"prompt\":\"x\",\"suffix\":\"y\"}", "suffix is not currently supported", "suffix")]
    public async Task Wrong_input_is_answered_400(string body, string message, string param)
    {
        await using var server = await StartAsync();
        await ChatRefusalTests.AssertRefusedAsync(await PostAsync(server, body), HttpStatusCode.BadRequest, message, "BadRequestError", param);
    }

    [Fact]
    public async Task OpenAi_has_the_route_refuses_fields_it_does_not_know_and_the_others_do_not_have_it()
    {
        await using var server = await StartAsync();
        var answer = await CompleteAsync(server, """{"model":"qwen2.5-14b","prompt":"Hello there","max_tokens":50}""", "/openai");
        Assert.Equal("""{"index":0,"text":"%","logprobs":null,"finish_reason":"stop"}""".Replace("%", Answer, StringComparison.Ordinal), Choices(answer)[0].GetRawText());
        using var unknown = await PostAsync(server, """{"model":"qwen2.5-14b","prompt":"Hello","messages":[]}""", "/openai");
        Assert.Contains("Unknown parameter: 'messages'.", await unknown.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
        using var missing = await PostAsync(server, """{"prompt":"Hello"}""", "/anthropic");
        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.NotFound), (unknown.StatusCode, missing.StatusCode));
    }

    static IReadOnlyList<JsonElement> Choices(JsonElement answer) => [.. answer.GetProperty("choices").EnumerateArray()];

    static string Words(JsonElement choice, int last) => choice.GetProperty("text").GetString()![^last..].Split("said: ")[^1].Trim();

    static async Task<JsonElement> CompleteAsync(SimulatorServer server, string json, string prefix = "")
    {
        using var response = await PostAsync(server, json, prefix);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancelled));
        return await response.Content.ReadFromJsonAsync<JsonElement>(Cancelled);
    }

    static async Task<HttpResponseMessage> PostAsync(SimulatorServer server, string json, string prefix = "")
    {
        using var body = new StringContent(json, Encoding.UTF8, "application/json");
        return await server.Http.PostAsync(prefix + "/v1/completions", body, Cancelled);
    }
}
