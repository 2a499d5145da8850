using AiPlatform.Contracts;
using AiPlatform.LlmWorker.Tests.Routing;
using AiPlatform.LlmWorker.Routing;
using Microsoft.AspNetCore.Http;

namespace AiPlatform.LlmWorker.Tests.Anthropic;

/// <summary>What Anthropic's API answers, well and badly.</summary>
public sealed class AnthropicAnswerTests
{
    [Fact]
    public async Task A_stream_becomes_content_model_usage_and_finish_reason()
    {
        await using var server = await ScriptedServer.StreamingAsync(
            Claude.Start + Claude.Block(0, """{"type":"text","text":""}""") + Claude.Ping + Claude.Text("Hel") + Claude.Text("lo") + Claude.BlockEnd(0)
            + Claude.Event("something_new", """{"type":"something_new","index":7}""") + Claude.End() + Claude.Stop);
        List<string> tokens = [];

        var result = await Claude.AskAsync(server.Address, onText: tokens.Add);

        var answer = result.Answer();
        Assert.Equal(("Hello", "claude-x-1", "stop", "msg_01"), (answer.Content, answer.Model, answer.FinishReason, answer.Id));
        Assert.Equal(
            """{"prompt_tokens":39,"completion_tokens":15,"total_tokens":54,"prompt_tokens_details":{"cached_tokens":30}}""", answer.Usage?.GetRawText());
        Assert.Null(answer.ToolCalls);
        Assert.Equal(["Hel", "lo"], tokens);
        Assert.NotNull(result.TimeToFirstToken);
    }

    [Theory]
    [InlineData("end_turn", "stop")]
    [InlineData("stop_sequence", "stop")]
    [InlineData("max_tokens", "length")]
    [InlineData("model_context_window_exceeded", "length")]
    [InlineData("refusal", "content_filter")]
    [InlineData("pause_turn", "length")]
    [InlineData("of_the_future", "stop")]
    public async Task Each_reason_to_stop_has_its_name(string theirs, string ours)
    {
        await using var server = await ScriptedServer.StreamingAsync(Claude.Start + Claude.Text("x") + Claude.End(theirs) + Claude.Stop);

        Assert.Equal(ours, (await Claude.AskAsync(server.Address)).Answer().FinishReason);
    }

    [Fact]
    public async Task Calls_of_tools_are_put_together()
    {
        await using var server = await ScriptedServer.StreamingAsync(
            Claude.Start + Claude.Block(0, """{"type":"thinking","thinking":""}""") + Claude.Delta(0, """{"type":"thinking_delta","thinking":"hm"}""")
            + Claude.Delta(0, """{"type":"signature_delta","signature":"x"}""") + Claude.BlockEnd(0)
            + Claude.Block(1, """{"type":"tool_use","id":"toolu_1","name":"weather","input":{}}""") + Claude.Delta(1, """{"type":"input_json_delta","partial_json":""}""")
            + Claude.Delta(1, """{"type":"input_json_delta","partial_json":"{\"city\":"}""") + Claude.Delta(1, """{"type":"input_json_delta","partial_json":"\"Rome\"}"}""")
            + Claude.BlockEnd(1) + Claude.Block(2, """{"type":"tool_use","id":"toolu_2","name":"time","input":{}}""") + Claude.BlockEnd(2)
            + Claude.End("tool_use") + Claude.Stop);

        var answer = (await Claude.AskAsync(server.Address)).Answer();

        Assert.Equal((null, "tool_calls"), (answer.Content, answer.FinishReason));
        Assert.Equal(
            """[{"id":"toolu_1","type":"function","function":{"name":"weather","arguments":"{\u0022city\u0022:\u0022Rome\u0022}"}},{"id":"toolu_2","type":"function","function":{"name":"time","arguments":"{}"}}]""",
            answer.ToolCalls?.GetRawText());
    }

    [Fact]
    public async Task An_answer_of_a_given_shape_is_the_content()
    {
        await using var server = await ScriptedServer.StreamingAsync(
            Claude.Start + Claude.Block(0, """{"type":"tool_use","id":"toolu_1","name":"answer","input":{}}""")
            + Claude.Delta(0, """{"type":"input_json_delta","partial_json":"{\"a\":"}""") + Claude.Delta(0, """{"type":"input_json_delta","partial_json":" 1}"}""")
            + Claude.BlockEnd(0) + Claude.End("tool_use") + Claude.Stop);
        List<string> tokens = [];

        var answer = (await Claude.AskAsync(server.Address, """{"user":"x","response_format":{"type":"json_object"}}""", tokens.Add)).Answer();

        Assert.Equal(("""{"a": 1}""", "stop"), (answer.Content, answer.FinishReason));
        Assert.Null(answer.ToolCalls);
        Assert.Equal(["""{"a":""", " 1}"], tokens);
    }

    [Theory]
    [InlineData(400, "invalid_request_error", "input_rejected", "refused the request (HTTP 400): said")]
    [InlineData(401, "authentication_error", "provider_rejected", "refused the key (HTTP 401): check CLAUDE_KEY.")]
    [InlineData(402, "billing_error", "provider_rejected", "refused the request (HTTP 402): said")]
    [InlineData(404, "not_found_error", "provider_rejected", "refused the request (HTTP 404): said")]
    [InlineData(413, "request_too_large", "input_rejected", "refused the request (HTTP 413): said")]
    [InlineData(429, "rate_limit_error", "provider_error", "takes no more requests now (HTTP 429): said")]
    [InlineData(500, "api_error", "provider_error", "failed (HTTP 500): said")]
    [InlineData(529, "overloaded_error", "provider_error", "failed (HTTP 529): said")]
    public async Task An_error_is_told_in_its_words(int status, string type, string category, string message)
    {
        await using var server = await ScriptedServer.AnsweringAsync(
            status, $$$"""{"type":"error","error":{"type":"{{{type}}}","message":"said"},"request_id":"req_1"}""", headers: ("retry-after", "3"));

        var failure = (await Claude.AskAsync(server.Address)).Failure();

        Assert.Equal(
            (category, $"claude at {server.Address.ToString().TrimEnd('/')} {message}", $"{status}", status is 429 or 529 ? 3.0 : null),
            (failure.Error.Category, failure.Message, failure.Type, failure.Pause?.TotalSeconds));
    }

    [Theory]
    [InlineData("""{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}""", "answered with an error: Overloaded", "error_in_answer")]
    [InlineData("""{"type":"message_stop"}""", "ended its answer before it was complete.", "stream_cut")]
    [InlineData("""{"type":""", "sent something that is not a chat completion.", "malformed")]
    public async Task A_broken_stream_is_an_error_of_the_provider(string last, string message, string type)
    {
        await using var server = await ScriptedServer.StreamingAsync(Claude.Start + Claude.Text("Hal") + Claude.Event("x", last));

        var failure = (await Claude.AskAsync(server.Address)).Failure();

        Assert.Equal(
            (ErrorCategories.ProviderError, $"claude at {server.Address.ToString().TrimEnd('/')} {message}", type), (failure.Category, failure.Message, failure.Type));
    }

    [Fact]
    public async Task A_cancelled_call_closes_its_connection()
    {
        await using var server = await ScriptedServer.BeginningAsync(Claude.Start + Claude.Text("Hi"), ScriptedServer.SilenceAsync);
        using var cancel = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Call.OfAsync(Claude.Provider(server.Address), onText: _ => cancel.Cancel(), ct: cancel.Token));

        await server.ClientLeft;
    }

    [Fact]
    public async Task It_takes_the_place_of_another_provider_and_leaves_to_it_what_it_cannot_be_asked()
    {
        await using var claude = await ScriptedServer.StartAsync(async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync(Claude.Answer("I am Claude"), context.RequestAborted);
        });
        await using var other = await ScriptedServer.StreamingAsync(Sse.Text("I am not") + Sse.Finish());
        using var groups = new RoutedGroups($$"""
            {
              "providers": { "claude": { "kind": "anthropic", "base_url": "{{claude.Address}}", "api_key": "k", "max_tokens": 9 }, "gpu": { "base_url": "{{other.Address}}" } },
              "groups": { "quality": { "deployments": [{ "provider": "claude", "model": "claude-x" }] }, "fast": { "deployments": [{ "provider": "gpu" }] } },
              "fallbacks": { "quality": ["fast"] }
            }
            """);

        var answered = Assert.IsType<RoutedResult.Answered>(await groups.ChatAsync("quality"));
        Assert.Equal(("I am Claude", "claude", null), (answered.Call.Answer.Content, answered.By.Provider.Name, answered.Fallback));
        Assert.Contains("\"max_tokens\":9", Assert.Single(claude.Bodies), StringComparison.Ordinal);

        var audio = Assert.IsType<RoutedResult.Answered>(await groups.ChatAsync("quality", """{"messages":[{"role":"user","content":[{"type":"input_audio"}]}]}"""));
        Assert.Equal("quality->fast", audio.Fallback);
        Assert.Single(claude.Bodies);
        Assert.Equal("closed", groups.Models.Reports()[0].Circuit);
    }
}
