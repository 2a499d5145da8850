using System.Text.Json;
using AiPlatform.LlmWorker.Chat;
using AiPlatform.LlmWorker.Providers;

namespace AiPlatform.LlmWorker.Tests;

/// <summary>What the server is sent.</summary>
public sealed class PassThroughTests
{
    [Fact]
    public async Task Every_field_but_three_arrives_byte_for_byte()
    {
        const string fields =
            """
            "max_tokens":12,"temperature":0.70,"response_format":{"type":"json_schema", "json_schema":{"b":1,"a":1.0e2}},"tools":[{"type":"function"}],"user":"end-user-7","guided_x":"é é <&>"
            """;
        const string messages = """[{"role":"user","content":[{"type":"text","text":"Grüße \u00e9"}],"name":"x"}]""";
        await using var server = await ScriptedServer.StreamingAsync(Sse.Text("Hi") + Sse.Finish());

        await Call.ToAsync(server.Address, $$"""{"model":"other","stream":false,"messages":{{messages}},{{fields}}}""");

        Assert.Equal(
            $$$"""{"model":"qwen2.5-14b","messages":{{{messages}}},{{{fields.Trim()}}},"stream":true,"stream_options":{"include_usage":true}}""",
            Assert.Single(server.Bodies));
        Assert.Equal("/v1/chat/completions", Assert.Single(server.Paths));
    }

    [Fact]
    public async Task System_and_user_become_messages()
    {
        await using var server = await ScriptedServer.StreamingAsync(Sse.Text("Hi") + Sse.Finish());

        await Call.ToAsync(server.Address, """{"system":"Be brief.","user":"Hello \"you\"","messages":null,"max_tokens":5}""");

        Assert.Equal(
            """{"model":"qwen2.5-14b","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hello \"you\""}],"max_tokens":5,"stream":true,"stream_options":{"include_usage":true}}""",
            Assert.Single(server.Bodies));
    }

    [Fact]
    public async Task Other_stream_options_are_kept()
    {
        await using var server = await ScriptedServer.StreamingAsync(Sse.Text("Hi") + Sse.Finish());

        await Call.ToAsync(server.Address, """{"user":"Hi","stream_options":{"include_usage":false,"continuous_usage_stats":true}}""");

        Assert.EndsWith(""","stream":true,"stream_options":{"continuous_usage_stats":true,"include_usage":true}}""", Assert.Single(server.Bodies), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"response_format":{"type":"json_object"}}""",
        """{"response_format":{"type":"json_schema","json_schema":{"name":"answer","schema":{"type":"object"}}}}""")]
    [InlineData("""{"response_format":{"type":"text"}}""", """{"response_format":{"type":"text"}}""")]
    [InlineData("""{"tools":[{"function":{"name":"f"}},{"function":{"name":"g"}}],"tool_choice":{"type":"function","function":{"name":"g"}}}""",
        """{"tools":[{"function":{"name":"g"}}],"tool_choice":"required"}""")]
    [InlineData("""{"tools":[{"function":{"name":"f"}}],"tool_choice":"auto"}""", """{"tools":[{"function":{"name":"f"}}],"tool_choice":"auto"}""")]
    public async Task LM_Studio_is_told_in_its_own_words(string given, string sent)
    {
        await using var server = await ScriptedServer.StreamingAsync(Sse.Text("Hi") + Sse.Finish());
        var messages = """{"messages":[{"role":"user","content":"x"}],""";

        await Call.WithAsync(new LlmOptions { Provider = "lmstudio", LmStudioBaseUrl = server.Address }, messages + given[1..]);

        Assert.Contains($",{sent[1..^1]},\"stream\":true", Assert.Single(server.Bodies), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("openai", """{"max_tokens":5}""", """{"max_completion_tokens":5}""")]
    [InlineData("openai", """{"max_tokens":5,"max_completion_tokens":6}""", """{"max_completion_tokens":6}""")]
    [InlineData("ollama", """{"max_completion_tokens":5}""", """{"max_tokens":5}""")]
    [InlineData("lmstudio", """{"max_completion_tokens":6,"max_tokens":5}""", """{"max_tokens":6}""")]
    [InlineData("ollama", """{"max_completion_tokens":null,"max_tokens":5}""", """{"max_tokens":5}""")]
    [InlineData("vllm", """{"max_tokens":5,"max_completion_tokens":6}""", """{"max_tokens":5,"max_completion_tokens":6}""")]
    public async Task The_longest_answer_is_told_by_the_name_that_the_server_knows(string kind, string given, string sent)
    {
        await using var server = await ScriptedServer.StreamingAsync(Sse.Text("Hi") + Sse.Finish());
        var provider = ProviderChoice.Of(Call.Options(server.Address))! with { Kind = ProviderKinds.Parse(kind)!.Value };

        await Call.OfAsync(provider, """{"messages":[{"role":"user","content":"x"}],""" + given[1..]);

        Assert.Contains($"}}],{sent[1..^1]},\"stream\":true", Assert.Single(server.Bodies), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("null", "'input' must be an object with 'messages', or with 'user' and, if wanted, 'system'.")]
    [InlineData("[]", "'input' must be an object with 'messages', or with 'user' and, if wanted, 'system'.")]
    [InlineData("{}", "'messages' or 'user' is required.")]
    [InlineData("""{"system":"x"}""", "'messages' or 'user' is required.")]
    [InlineData("""{"messages":"x"}""", "'messages' must be an array.")]
    [InlineData("""{"messages":[]}""", "'messages' must not be empty.")]
    [InlineData("""{"messages":["x"]}""", "'messages[0]' must be an object with 'role' and 'content'.")]
    [InlineData("""{"messages":[{"role":"user"},{"content":"x"}]}""", "'messages[1].role' must be a text such as 'user'.")]
    [InlineData("""{"messages":[{"role":""}]}""", "'messages[0].role' must be a text such as 'user'.")]
    [InlineData("""{"messages":[{"role":"user"}],"system":"x"}""", "'system' and 'messages' cannot be given together: make it the first of the messages.")]
    [InlineData("""{"user":" "}""", "'user' must be a text that is not empty.")]
    [InlineData("""{"user":5}""", "'user' must be a text that is not empty.")]
    [InlineData("""{"user":"x","system":5}""", "'system' must be a text.")]
    [InlineData("""{"user":"x","n":0}""", "'n' must be a whole number from 1 to 128.")]
    [InlineData("""{"user":"x","n":129}""", "'n' must be a whole number from 1 to 128.")]
    [InlineData("""{"user":"x","n":1.5}""", "'n' must be a whole number from 1 to 128.")]
    [InlineData("""{"user":"x","n":"1"}""", "'n' must be a whole number from 1 to 128.")]
    [InlineData("""{"user":"x","fallback":"no"}""", "'fallback' must be true or false.")]
    [InlineData("""{"user":"x","stream_options":true}""", "'stream_options' must be an object.")]
    public void A_bad_input_names_its_field(string input, string problem)
    {
        Assert.Null(ChatRequest.TryCreate(JsonElement.Parse(input), out var said));
        Assert.Equal(problem, said);
    }
}
