using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.LlmWorker.Chat.Anthropic;
using AiPlatform.LlmWorker.Chat;
using AiPlatform.LlmWorker.Providers;

namespace AiPlatform.LlmWorker.Tests.Anthropic;

/// <summary>What Anthropic's API is sent.</summary>
public sealed class AnthropicRequestTests
{
    [Fact]
    public async Task A_probe_shows_the_key_and_the_version_that_the_list_of_models_insists_on()
    {
        await using var server = await ScriptedServer.AnsweringAsync(200, """{"data":[]}""");
        using var connection = new ChatConnection(Claude.Provider(server.Address));

        await connection.Http.GetAsync(new Uri(connection.State.Provider.BaseAddress + "/models"), TestContext.Current.CancellationToken);

        var headers = Assert.Single(server.Headers);
        Assert.Equal(("sk-ant-1", "2023-06-01"), (headers["x-api-key"].ToString(), headers["anthropic-version"].ToString()));
    }

    [Fact]
    public async Task A_chat_is_sent_with_its_headers_to_the_messages_route()
    {
        await using var server = await ScriptedServer.StreamingAsync(Claude.Answer("Hi"));

        await Claude.AskAsync(server.Address, """{"system":"Be brief.","user":"Hello","max_tokens":5}""");

        Assert.Equal(
            """{"model":"claude-x","max_tokens":5,"stream":true,"system":"Be brief.","messages":[{"role":"user","content":[{"type":"text","text":"Hello"}]}]}""",
            Assert.Single(server.Bodies));
        Assert.Equal("/v1/messages", Assert.Single(server.Paths));
        var headers = Assert.Single(server.Headers);
        Assert.Equal(
            ("sk-ant-1", "2023-06-01", "", "application/json", "request-1"),
            (headers["x-api-key"].ToString(), headers["anthropic-version"].ToString(), headers.Authorization.ToString(), headers.ContentType.ToString(),
                headers["X-Request-Id"].ToString()));
    }

    [Theory]
    [InlineData("the system's words stand apart and neighbours of one role are one turn",
        """[{"role":"system","content":"A"},{"role":"user","content":"1"},{"role":"user","content":[{"type":"text","text":"2"}]},{"role":"developer","content":"B"},{"role":"assistant","content":"3"}]""",
        """[{"role":"user","content":[{"type":"text","text":"1"},{"type":"text","text":"2"}]},{"role":"assistant","content":[{"type":"text","text":"3"}]}]""")]
    [InlineData("calls of tools and their results",
        """[{"role":"user","content":"W?"},{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"weather","arguments":"{\"city\": \"Rome\"}"}},{"id":"c2","type":"function","function":{"name":"time","arguments":""}}]},{"role":"tool","tool_call_id":"c1","content":"warm"},{"role":"tool","tool_call_id":"c2","content":[{"type":"text","text":"noon"}]},{"role":"user","content":"And?"}]""",
        """[{"role":"user","content":[{"type":"text","text":"W?"}]},{"role":"assistant","content":[{"type":"tool_use","id":"c1","name":"weather","input":{"city": "Rome"}},{"type":"tool_use","id":"c2","name":"time","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":[{"type":"text","text":"warm"}]},{"type":"tool_result","tool_use_id":"c2","content":[{"type":"text","text":"noon"}]},{"type":"text","text":"And?"}]}]""")]
    [InlineData("images by address and in the message",
        """[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://x.example/a.png","detail":"low"}},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBO"}},{"type":"text","text":""}]}]""",
        """[{"role":"user","content":[{"type":"image","source":{"type":"url","url":"https://x.example/a.png"}},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBO"}}]}]""")]
    public void Messages_are_put_in_its_words(string what, string messages, string expected)
    {
        var body = Body($$"""{"messages":{{messages}}}""");

        Assert.Equal((what, expected), (what, body.GetProperty("messages").GetRawText()));
    }

    [Fact]
    public void Words_of_the_system_are_joined() => Assert.Equal(
        "A\n\nB",
        Body("""{"messages":[{"role":"system","content":"A"},{"role":"user","content":"1"},{"role":"developer","content":[{"type":"text","text":"B"}]}]}""")
            .GetProperty("system").GetString());

    [Theory]
    [InlineData("""{}""", """{"max_tokens":4096}""")]
    [InlineData("""{"max_tokens":7,"max_completion_tokens":9}""", """{"max_tokens":9}""")]
    [InlineData("""{"temperature":1.5,"top_p":0.90,"top_k":5,"thinking":{"type":"enabled","budget_tokens":1024}}""",
        """{"max_tokens":4096,"temperature":1,"top_p":0.90,"top_k":5,"thinking":{"type":"enabled","budget_tokens":1024}}""")]
    [InlineData("""{"stop":"END"}""", """{"max_tokens":4096,"stop_sequences":["END"]}""")]
    [InlineData("""{"stop":["A","B"]}""", """{"max_tokens":4096,"stop_sequences":["A","B"]}""")]
    [InlineData("""{"user":"u-7","seed":1,"frequency_penalty":1,"logprobs":true,"stream_options":{},"fallback":true}""",
        """{"max_tokens":4096,"metadata":{"user_id":"u-7"}}""")]
    [InlineData("""{"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object","properties":{}},"strict":true}},{"type":"function","function":{"name":"g"}}]}""",
        """{"max_tokens":4096,"tools":[{"name":"f","description":"d","input_schema":{"type":"object","properties":{}}},{"name":"g","input_schema":{"type":"object"}}]}""")]
    [InlineData("""{"tools":[{"function":{"name":"g"}}],"tool_choice":"required","parallel_tool_calls":false}""",
        """{"max_tokens":4096,"tools":[{"name":"g","input_schema":{"type":"object"}}],"tool_choice":{"type":"any","disable_parallel_tool_use":true}}""")]
    [InlineData("""{"tools":[{"function":{"name":"g"}}],"tool_choice":{"type":"function","function":{"name":"g"}}}""",
        """{"max_tokens":4096,"tools":[{"name":"g","input_schema":{"type":"object"}}],"tool_choice":{"type":"tool","name":"g"}}""")]
    [InlineData("""{"tools":[{"function":{"name":"g"}}],"tool_choice":"none"}""",
        """{"max_tokens":4096,"tools":[{"name":"g","input_schema":{"type":"object"}}],"tool_choice":{"type":"none"}}""")]
    [InlineData("""{"response_format":{"type":"json_schema","json_schema":{"name":"s","schema":{"type":"object","properties":{"a":{"type":"integer"}}}}}}""",
        """{"max_tokens":4096,"tools":[{"name":"answer","description":"Gives the answer.","input_schema":{"type":"object","properties":{"a":{"type":"integer"}}}}],"tool_choice":{"type":"tool","name":"answer"}}""")]
    [InlineData("""{"response_format":{"type":"text"}}""", """{"max_tokens":4096}""")]
    public void Options_are_put_in_its_words(string options, string expected)
    {
        var body = Body($$"""{"messages":[{"role":"user","content":"x"}],{{options[1..^1]}}{{(options == "{}" ? "" : ",")}}"model":"other"}""");

        var ours = body.EnumerateObject().Where(field => field.Name is not ("model" or "stream" or "messages"));
        Assert.Equal(expected, $"{{{string.Join(',', ours.Select(field => $"\"{field.Name}\":{field.Value.GetRawText()}"))}}}");
    }

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{}}]}]}""", "'messages[0].content[0]' must be text or an image.")]
    [InlineData("""{"messages":[{"role":"user","content":"x"},{"role":"assistant","tool_calls":[{"id":"c","function":{"name":"f","arguments":"[1"}}]}]}""",
        "'messages[1].tool_calls[0]' must have an id and a function with a name and the JSON of an object as arguments.")]
    [InlineData("""{"messages":[{"role":"critic","content":"x"}]}""", "'messages[0].role' must be system, developer, user, assistant or tool.")]
    [InlineData("""{"user":"x","response_format":{"type":"json_schema","json_schema":{"schema":{"type":"array"}}}}""",
        "'response_format' must be text, json_object, or a json_schema of an object.")]
    [InlineData("""{"user":"x","response_format":{"type":"json_object"},"tools":[{"function":{"name":"f"}}]}""",
        "'response_format' and 'tools' cannot be given together.")]
    public async Task What_it_cannot_be_asked_is_told_and_not_sent(string input, string obstacle)
    {
        await using var server = await ScriptedServer.StreamingAsync(Claude.Answer("Hi"));

        var failure = (await Claude.AskAsync(server.Address, input)).Failure();

        Assert.Equal(
            (ErrorCategories.ProviderRejected, ModelServer.Unsupported, $"claude at {server.Address.ToString().TrimEnd('/')} cannot be asked: {obstacle}"),
            (failure.Category, failure.Type, failure.Message));
        Assert.Empty(server.Bodies);
    }

    static JsonElement Body(string input)
    {
        var prepared = AnthropicBody.TryWrite(Claude.Provider(new Uri("http://claude")), JsonElement.Parse(input), out var obstacle);
        Assert.Null(obstacle);
        return JsonElement.Parse(prepared!.Body.Span);
    }
}
