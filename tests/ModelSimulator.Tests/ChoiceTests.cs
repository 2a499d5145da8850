using System.Net;
using System.Text;
using System.Text.Json;
using static AiPlatform.ModelSimulator.Tests.SimulatorServer;

namespace AiPlatform.ModelSimulator.Tests;

public sealed class ChoiceTests
{
    const string User = "\"messages\":[{\"role\":\"user\",\"content\":\"Hello there\"}]";
    const string Hello = "This is a simulated answer from ModelSimulator. You said: Hello there";
    static readonly string[] Three = [Hello, Hello + " (choice 2)", Hello + " (choice 3)"];

    [Fact]
    public async Task Several_choices_come_with_their_index_and_the_tokens_of_all()
    {
        await using var server = await StartAsync();
        var answer = await server.ChatAnswerAsync("{\"n\":3," + User + "}");
        Assert.Equal(
            Three.Select((text, index) => (index, text, "stop")),
            answer.GetProperty("choices").EnumerateArray().Select(choice => (
                choice.GetProperty("index").GetInt32(), choice.GetProperty("message").GetProperty("content").GetString()!, choice.GetProperty("finish_reason").GetString()!)));
        Assert.Equal((7, 12 + 14 + 14), Usage(answer));
        Assert.Equal(3, await server.MetricAsync("vllm:request_params_n_sum"));
        Assert.Equal(1, await server.MetricAsync("vllm:request_params_n_count"));
        Assert.Equal(40, Assert.Single(await server.RequestsAsync()).GetProperty("tokens_generated").GetInt32());
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    public async Task A_stream_mixes_the_chunks_of_its_choices(int firstToken, int step)
    {
        await using var server = await StartAsync($"SIMULATOR_FIRST_TOKEN_MS={firstToken}", $"SIMULATOR_INTER_TOKEN_MS={step}");
        using var response = await server.ChatAsync("{\"n\":3,\"stream\":true,\"stream_options\":{\"include_usage\":true}," + User + "}");
        var events = await Sse.ReadAsync(response);
        Assert.Equal("[DONE]", events[^1]);
        var chunks = events.SkipLast(1).Select(Sse.Json).ToList();
        Assert.Equal((7, 40), Usage(chunks[^1]));
        var choices = chunks.SkipLast(1).Select(chunk => chunk.GetProperty("choices")[0]).GroupBy(choice => choice.GetProperty("index").GetInt32()).OrderBy(choice => choice.Key);
        Assert.Equal(Three, choices.Select(choice => string.Concat(choice.Select(chunk => chunk.GetProperty("delta").GetProperty("content").GetString()))));
        Assert.All(choices, choice =>
        {
            Assert.True(choice.First().GetProperty("delta").TryGetProperty("role", out _));
            Assert.Equal("stop", choice.Last().GetProperty("finish_reason").GetString());
            Assert.All(choice.SkipLast(1), chunk => Assert.Equal(JsonValueKind.Null, chunk.GetProperty("finish_reason").ValueKind));
        });
    }

    [Fact]
    public async Task Choices_beyond_the_batch_wait_their_turn_and_all_are_answered()
    {
        await using var server = await StartAsync("SIMULATOR_MAX_RUNNING=2", "SIMULATOR_MAX_WAITING=0", "SIMULATOR_INTER_TOKEN_MS=1");
        var answer = await server.ChatAnswerAsync("{\"n\":5," + User + "}");
        Assert.Equal(5, answer.GetProperty("choices").GetArrayLength());
    }

    [Fact]
    public async Task A_cut_breaks_all_choices()
    {
        await using var server = await StartAsync();
        using var response = await server.ChatAsync("{\"n\":2,\"stream\":true," + User + "}", "cut;after=5");
        var (events, broken) = await Sse.ReadBrokenAsync(response);
        Assert.IsAssignableFrom<IOException>(broken);
        Assert.Equal(2 * (1 + 5), events.Count);
        Assert.Equal(0, await server.MetricAsync("vllm:num_requests_running"));
    }

    [Fact]
    public async Task Log_probabilities_stand_beside_each_token()
    {
        await using var server = await StartAsync();
        var answer = await server.ChatAnswerAsync("{\"logprobs\":true,\"top_logprobs\":2,\"max_tokens\":2," + User + "}");
        var tokens = answer.GetProperty("choices")[0].GetProperty("logprobs").GetProperty("content").EnumerateArray().ToList();
        Assert.Equal(["This", " is"], tokens.Select(Token));
        Assert.All(tokens, token =>
        {
            Assert.InRange(token.GetProperty("logprob").GetDouble(), -1, -0.01);
            Assert.Equal(Token(token), Encoding.UTF8.GetString([.. token.GetProperty("bytes").EnumerateArray().Select(one => one.GetByte())]));
            var top = token.GetProperty("top_logprobs").EnumerateArray().ToList();
            Assert.Equal((2, Token(token)), (top.Count, Token(top[0])));
            Assert.True(top[0].GetProperty("logprob").GetDouble() > top[1].GetProperty("logprob").GetDouble());
        });
    }

    [Fact]
    public async Task A_streams_log_probabilities_are_those_of_the_whole_answer()
    {
        await using var server = await StartAsync();
        const string Asked = "\"logprobs\":true," + User + "}";
        var whole = await server.ChatAnswerAsync("{" + Asked);
        using var response = await server.ChatAsync("{\"stream\":true," + Asked);
        var streamed = (await Sse.ReadAsync(response)).SkipLast(1).Select(data => Sse.Json(data).GetProperty("choices")[0].GetProperty("logprobs"))
            .Where(logprobs => logprobs.ValueKind == JsonValueKind.Object)
            .SelectMany(logprobs => logprobs.GetProperty("content").EnumerateArray());
        Assert.Equal(
            whole.GetProperty("choices")[0].GetProperty("logprobs").GetProperty("content").EnumerateArray().Select(token => token.GetRawText()),
            streamed.Select(token => token.GetRawText()));
    }

    [Theory]
    [InlineData("\"n\":0", "n must be at least 1, got 0.", "n")]
    [InlineData("\"n\":129", "n must be at most 128, got 129.", "n")]
    [InlineData("\"n\":2,\"temperature\":0", "n must be 1 when using greedy sampling, got 2.", "n")]
    [InlineData("\"top_logprobs\":2", "when using `top_logprobs`, `logprobs` must be set to true.", "top_logprobs")]
    [InlineData("\"logprobs\":true,\"top_logprobs\":21", "Requested sample logprobs of 21, which is greater than max allowed: 20", "top_logprobs")]
    public async Task What_vllm_does_not_take_is_refused(string fields, string message, string param)
    {
        await using var server = await StartAsync();
        await ChatRefusalTests.AssertRefusedAsync(
            await server.ChatAsync("{" + fields + "," + User + "}"), HttpStatusCode.BadRequest, message, "BadRequestError", param);
    }

    static string? Token(JsonElement token) => token.GetProperty("token").GetString();

    static (int Prompt, int Completion) Usage(JsonElement answer)
    {
        var usage = answer.GetProperty("usage");
        return (usage.GetProperty("prompt_tokens").GetInt32(), usage.GetProperty("completion_tokens").GetInt32());
    }
}
