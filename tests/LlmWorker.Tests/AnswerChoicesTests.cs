using System.Text.Json;
using System.Text.Json.Nodes;
using AiPlatform.Contracts;
using AiPlatform.LlmWorker.Chat;
using AiPlatform.LlmWorker.Routing;
using AiPlatform.LlmWorker.Tests.Routing;
using AiPlatform.Testing;

namespace AiPlatform.LlmWorker.Tests;

/// <summary>What an answer says beyond one text.</summary>
public sealed class AnswerChoicesTests(Stores stores)
{
    const string Two = """{"user":"Hello","n":2}""";

    [Fact]
    public async Task Several_answers_are_put_together_each_from_its_parts()
    {
        await using var server = await ScriptedServer.StreamingAsync(
            Part(1, """{"role":"assistant","content":"Gu"}""") + Part(0, """{"content":"Hel"}""") + Part(1, """{"content":"ten Tag"}""")
            + Part(0, """{"content":"lo"}""") + Part(0, "{}", "stop") + Part(1, "{}", "length") + Sse.Usage(3, 4) + Sse.Done);
        List<string> said = [];

        var answer = (await Call.ToAsync(server.Address, Two, said.Add)).Answer();

        Assert.Equal(("Hello", "stop"), (answer.Content, answer.FinishReason));
        Assert.Equal(["Hel", "lo"], said);
        Same(
            """
            [
              {"index":0,"message":{"role":"assistant","content":"Hello","refusal":null},"logprobs":null,"finish_reason":"stop"},
              {"index":1,"message":{"role":"assistant","content":"Guten Tag","refusal":null},"logprobs":null,"finish_reason":"length"}
            ]
            """, answer.Choices);
        Assert.Contains("\"n\":2", Assert.Single(server.Bodies), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tool_calls_belong_to_their_choice()
    {
        const string call = """{"tool_calls":[{"index":0,"id":"ID","type":"function","function":{"name":"f","arguments":"{}"}}]}""";
        await using var server = await ScriptedServer.StreamingAsync(
            Part(0, call.Replace("ID", "c0", StringComparison.Ordinal), "tool_calls") + Part(1, call.Replace("ID", "c1", StringComparison.Ordinal), "tool_calls"));

        var choices = (await Call.ToAsync(server.Address, Two)).Answer().Choices!.Value;

        Assert.Equal(
            ["c0", "c1"], choices.EnumerateArray().Select(choice => choice.GetProperty("message").GetProperty("tool_calls")[0].GetProperty("id").GetString()));
        Assert.All(choices.EnumerateArray(), choice => Assert.Equal(JsonValueKind.Null, choice.GetProperty("message").GetProperty("content").ValueKind));
    }

    [Fact]
    public async Task Log_probabilities_are_kept_as_they_are_given()
    {
        await using var server = await ScriptedServer.StreamingAsync(
            Part(0, """{"content":"Hel"}""", logprobs: """{"content":[{"token":"Hel","logprob":-0.10,"bytes":[72],"top_logprobs":[]}],"refusal":null}""")
            + Part(0, """{"content":"lo"}""", logprobs: """{"content":[{"token":"lo","logprob":-2.5e-7}]}""") + Part(0, "{}", "stop"));

        var choices = (await Call.ToAsync(server.Address, """{"user":"Hello","logprobs":true}""")).Answer().Choices;

        Assert.Contains(
            """},"logprobs":{"content":[{"token":"Hel","logprob":-0.10,"bytes":[72],"top_logprobs":[]},{"token":"lo","logprob":-2.5e-7}]},"finish_reason":"stop"}""",
            choices!.Value.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_is_told_from_an_answer()
    {
        await using var server = await ScriptedServer.StreamingAsync(Part(0, """{"refusal":"I wo"}""") + Part(0, """{"refusal":"n't."}""") + Part(0, "{}", "stop"));

        var answer = (await Call.ToAsync(server.Address)).Answer();

        Assert.Equal(("I won't.", "I won't."), (answer.Content, answer.Refusal));
        Same("""[{"index":0,"message":{"role":"assistant","content":null,"refusal":"I won't."},"logprobs":null,"finish_reason":"stop"}]""", answer.Choices);
    }

    [Theory]
    [InlineData("reasoning")]
    [InlineData("reasoning_content")]
    public async Task Thoughts_are_kept_up_to_a_limit(string field)
    {
        var much = new string('x', AnswerChoice.MostReasoning - 2);
        await using var server = await ScriptedServer.StreamingAsync(
            Part(0, $$"""{"{{field}}":"{{much}}"}""") + Part(0, $$"""{"{{field}}":"y😀z"}""") + Part(0, $$"""{"{{field}}":"z"}""") + Sse.Text("Hi") + Sse.Finish());

        var answer = (await Call.ToAsync(server.Address)).Answer();

        Assert.Equal((much + "y", "Hi", null), (answer.Reasoning, answer.Content, answer.Choices));
    }

    [Fact]
    public async Task An_answer_without_more_than_its_text_has_no_choices()
    {
        await using var server = await ScriptedServer.StreamingAsync(Part(0, """{"content":"Hi","refusal":null}""") + Part(1, """{"content":"unasked"}""") + Part(0, "{}", "stop"));

        var answer = (await Call.ToAsync(server.Address)).Answer();

        Assert.Equal(("Hi", null, null, null), (answer.Content, answer.Choices, answer.Refusal, answer.Reasoning));
    }

    [Fact]
    public async Task Nothing_is_whole_before_all_answers_are()
    {
        await using var server = await ScriptedServer.StreamingAsync(Part(1, """{"content":"a"}""") + Part(0, "{}", "stop"));

        Assert.Equal("stream_cut", (await Call.ToAsync(server.Address, Two)).Failure().Type);
    }

    [Fact]
    public async Task A_server_that_passes_over_the_number_is_told()
    {
        await using var server = await ScriptedServer.StreamingAsync(Sse.Text("Hi") + Sse.Finish() + Sse.Done);

        var failure = (await Call.ToAsync(server.Address, Two)).Failure();

        Assert.Equal(
            (ErrorCategories.ProviderRejected, ModelServer.Unsupported,
                $"openai-compatible at {server.Address.ToString().TrimEnd('/')} cannot be asked: of the answers that 'n' asks for it gave 1."),
            (failure.Category, failure.Type, failure.Message));
    }

    [Theory]
    [InlineData("ollama")]
    [InlineData("lmstudio")]
    [InlineData("anthropic")]
    public async Task Where_one_kind_of_server_gives_one_answer_only_another_kind_is_asked(string kind)
    {
        await using var one = await ScriptedServer.StreamingAsync("");
        await using var many = await ScriptedServer.StreamingAsync(Part(0, """{"content":"a"}""", "stop") + Part(1, """{"content":"b"}""", "stop"));
        using var groups = new RoutedGroups(Config(kind, one, many));

        var refused = Assert.IsType<RoutedResult.Failed>(await groups.ChatAsync("g", """{"user":"Hello","n":2,"fallback":false}""")).Failure;
        var answered = Assert.IsType<RoutedResult.Answered>(await groups.ChatAsync("g", Two));

        Assert.Equal((ErrorCategories.ProviderRejected, true), (refused.Category, refused.Message.EndsWith("cannot be asked: 'n' must be 1.", StringComparison.Ordinal)));
        Assert.Equal(("many", 2), (answered.By.Provider.Name, answered.Call.Answer.Choices!.Value.GetArrayLength()));
        Assert.Empty(one.Bodies);
    }

    [Fact]
    public async Task A_job_keeps_them_in_its_result()
    {
        await using var simulator = await Simulator.StartAsync();
        await using var caller = await Caller.StartAsync(stores);
        await using var worker = await caller.WorkerAsync(("LLM_BASE_URL", $"{simulator.Address}"));

        var result = (await caller.FinalAsync(await caller.SubmitAsync("""{"user":"Hello","n":3,"logprobs":true,"top_logprobs":2,"max_tokens":4}"""))).ChatResult();

        var choices = result.Choices!.Value;
        Assert.Equal([0, 1, 2], choices.EnumerateArray().Select(choice => choice.GetProperty("index").GetInt32()));
        Assert.Equal(result.Content, choices[0].GetProperty("message").GetProperty("content").GetString());
        Assert.All(choices.EnumerateArray(), choice => Assert.Equal(4, choice.GetProperty("logprobs").GetProperty("content").GetArrayLength()));
    }

    static string Config(string kind, ScriptedServer one, ScriptedServer many) => $$"""
        {
          "providers": {
            "one": { "kind": "{{kind}}", "base_url": "{{one.Address}}", "api_key": "k" },
            "many": { "base_url": "{{many.Address}}" }
          },
          "groups": { "g": { "deployments": [{ "provider": "one" }] }, "f": { "deployments": [{ "provider": "many" }] } },
          "fallbacks": { "g": ["f"] }
        }
        """;

    static string Part(int index, string delta, string? finish = null, string logprobs = "null") => Sse.Data(
        $$$"""{"id":"c1","model":"m1","choices":[{"index":{{{index}}},"delta":{{{delta}}},"logprobs":{{{logprobs}}},"finish_reason":{{{(finish is null ? "null" : $"\"{finish}\"")}}}}]}""");

    static void Same(string expected, JsonElement? actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(actual!.Value.GetRawText())), actual.Value.GetRawText());
}
