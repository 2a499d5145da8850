using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.LlmWorker.Chat;
using Microsoft.AspNetCore.Http;

namespace AiPlatform.LlmWorker.Tests;

/// <summary>Answers as servers really send them, well and badly.</summary>
public sealed class StreamTests
{
    [Fact]
    public async Task A_stream_becomes_content_model_usage_and_finish_reason()
    {
        await using var server = await ScriptedServer.StreamingAsync(
            Sse.Delta("""{"role":"assistant","content":""}""") + Sse.Text("Hel") + Sse.Text("lo") + Sse.Finish() + Sse.Usage(9, 2) + Sse.Done);
        var tokens = new List<string>();

        var result = await Call.ToAsync(server.Address, onText: tokens.Add);

        var answer = result.Answer();
        Assert.Equal(("Hello", "m1", "stop", "chatcmpl-1"), (answer.Content, answer.Model, answer.FinishReason, answer.Id));
        Assert.Equal("""{"prompt_tokens":9,"completion_tokens":2}""", answer.Usage?.GetRawText());
        Assert.Null(answer.ToolCalls);
        Assert.Equal(["Hel", "lo"], tokens);
        Assert.True(result.TimeToFirstToken > TimeSpan.Zero && result.TimeToFirstToken <= result.Duration);
    }

    [Fact]
    public async Task The_simulator_answers_like_vllm()
    {
        await using var simulator = await Simulator.StartAsync();
        var tokens = new List<string>();

        var answer = (await Call.ToAsync(simulator.Address, """{"system":"Be brief","user":"Hello there"}""", tokens.Add)).Answer();

        Assert.Equal("qwen2.5-14b", answer.Model);
        Assert.Equal("stop", answer.FinishReason);
        Assert.Contains("simulated", answer.Content, StringComparison.Ordinal);
        Assert.Equal(answer.Content, string.Concat(tokens));
        Assert.True(tokens.Count > 3);
        Assert.Equal(tokens.Count, answer.Usage!.Value.GetProperty("completion_tokens").GetInt32());
    }

    [Theory]
    [InlineData("no_done")]
    [InlineData("trickle")]
    public async Task A_slightly_odd_stream_is_still_a_whole_answer(string fault)
    {
        await using var simulator = await Simulator.StartAsync();
        var options = Call.Options(simulator.Address);
        options.Model = $"qwen2.5-14b@{fault}";

        var answer = (await Call.WithAsync(options)).Answer();

        Assert.Equal("stop", answer.FinishReason);
        Assert.NotNull(answer.Usage);
    }

    [Fact]
    public async Task Comments_carriage_returns_and_missing_spaces_are_read()
    {
        const string chunk = """{"model":"m1","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1},"obfuscation":"x"}""";
        await using var server = await ScriptedServer.StreamingAsync($": ping\r\n\r\nid: 7\r\ndata:{chunk}\r\n\r\ndata:\r\n\r\ndata: [DONE]\r\n\r\n");

        var answer = (await Call.ToAsync(server.Address)).Answer();

        Assert.Equal(("Hi", "stop", """{"prompt_tokens":1}"""), (answer.Content, answer.FinishReason, answer.Usage?.GetRawText()));
    }

    [Fact]
    public async Task A_server_that_does_not_stream_is_understood()
    {
        await using var server = await ScriptedServer.AnsweringAsync(200,
            """{"id":"c1","model":"m1","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"length"}],"usage":{"total_tokens":3}}""");
        var tokens = new List<string>();

        var answer = (await Call.ToAsync(server.Address, onText: tokens.Add)).Answer();

        Assert.Equal(("Hi", "length", """{"total_tokens":3}"""), (answer.Content, answer.FinishReason, answer.Usage?.GetRawText()));
        Assert.Equal(["Hi"], tokens);
    }

    [Fact]
    public async Task Thoughts_are_no_part_of_the_answer_and_a_refusal_is()
    {
        await using var server = await ScriptedServer.StreamingAsync(
            Sse.Delta("""{"reasoning_content":"hm"}""") + Sse.Delta("""{"reasoning":"hm"}""") + Sse.Delta("""{"refusal":"I cannot."}""") + Sse.Finish());

        Assert.Equal("I cannot.", (await Call.ToAsync(server.Address)).Answer().Content);
    }

    [Fact]
    public async Task Tool_calls_are_put_together_by_index()
    {
        await using var server = await ScriptedServer.StreamingAsync(
            Sse.Delta("""{"tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"weather","arguments":""}}]}""")
            + Sse.Delta("""{"tool_calls":[{"index":0,"function":{"name":"","arguments":"{\"city\":"}}]}""")
            + Sse.Delta("""{"tool_calls":[{"index":1,"id":"call_b","function":{"name":"time","arguments":"{}"}}]}""")
            + Sse.Delta("""{"tool_calls":[{"index":0,"function":{"arguments":"\"Rome\"}"}}]}""")
            + Sse.Finish("tool_calls") + Sse.Done);

        var answer = (await Call.ToAsync(server.Address)).Answer();

        Assert.Null(answer.Content);
        Assert.Equal("tool_calls", answer.FinishReason);
        var calls = answer.ToolCalls!.Value.EnumerateArray().ToArray();
        Assert.Equal(
            [("call_a", "function", "weather", """{"city":"Rome"}"""), ("call_b", "function", "time", "{}")],
            calls.Select(call => (
                call.GetProperty("id").GetString()!, call.GetProperty("type").GetString()!,
                call.GetProperty("function").GetProperty("name").GetString()!, call.GetProperty("function").GetProperty("arguments").GetString()!)));
    }

    [Fact]
    public async Task Tool_calls_without_an_index_are_told_apart_by_their_ids()
    {
        await using var server = await ScriptedServer.StreamingAsync(
            Sse.Delta("""{"tool_calls":[{"id":"a","function":{"name":"one","arguments":"{"}},{"function":{"arguments":"}"}},{"id":"b","function":{"name":"two","arguments":"{}"}}]}""")
            + Sse.Finish("tool_calls"));

        var calls = (await Call.ToAsync(server.Address)).Answer().ToolCalls!.Value;

        Assert.Equal(
            """[{"id":"a","type":"function","function":{"name":"one","arguments":"{}"}},{"id":"b","type":"function","function":{"name":"two","arguments":"{}"}}]""",
            JsonSerializer.Serialize(calls));
    }

    [Theory]
    [InlineData("error;after=2;message=out of memory", "answered with an error: out of memory", "error_in_answer")]
    [InlineData("error_body;message=no worker", "answered with an error: no worker", "error_in_answer")]
    [InlineData("truncate;after=2", "ended its answer before it was complete.", "stream_cut")]
    [InlineData("malformed;after=2", "sent something that is not a chat completion.", "malformed")]
    public async Task A_broken_answer_is_an_error_of_the_provider(string fault, string message, string type)
    {
        await using var simulator = await Simulator.StartAsync();
        var options = Call.Options(simulator.Address);
        options.Model = $"qwen2.5-14b@{fault}";

        var failure = (await Call.WithAsync(options)).Failure();

        Assert.Equal(
            (ErrorCategories.ProviderError, $"openai-compatible at {simulator.Address.ToString().TrimEnd('/')} {message}", type),
            (failure.Category, failure.Message, failure.Type));
    }

    [Theory]
    [InlineData("[]", "application/json")]
    [InlineData("null", "application/json")]
    [InlineData("""{"choices":[]}""", "application/json")]
    [InlineData("data: 5\n\n", "text/event-stream")]
    [InlineData("data: {\"choices\":{}}\n\n", "text/event-stream")]
    public async Task Something_else_than_a_chat_completion_is_malformed(string body, string contentType)
    {
        await using var server = await ScriptedServer.AnsweringAsync(200, body, contentType);

        Assert.Equal("malformed", (await Call.ToAsync(server.Address)).Failure().Type);
    }

    [Theory]
    [InlineData("""{"content":"?"}""")]
    [InlineData("""{"tool_calls":[{"index":0,"function":{"arguments":"?"}}]}""")]
    public async Task An_answer_without_end_is_ended(string delta)
    {
        var chunk = Sse.Delta(delta.Replace("?", new string('x', 64 * 1024), StringComparison.Ordinal));
        await using var server = await ScriptedServer.BeginningAsync(chunk, async context =>
        {
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.WriteAsync(chunk, context.RequestAborted);
            }
        });

        var failure = (await Call.ToAsync(server.Address)).Failure();

        Assert.Equal("too_long", failure.Type);
        Assert.EndsWith($"sent an answer of more than {ChatAnswer.MostCharacters:N0} characters.", failure.Message, StringComparison.Ordinal);
        await server.ClientLeft;
    }
}
