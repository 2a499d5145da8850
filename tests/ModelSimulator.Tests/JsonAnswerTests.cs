using System.Text.Json;
using static AiPlatform.ModelSimulator.Tests.SimulatorServer;

namespace AiPlatform.ModelSimulator.Tests;

public sealed class JsonAnswerTests
{
    const string User = "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";

    [Fact]
    public async Task A_json_object_is_valid_and_says_that_it_is_simulated()
    {
        await using var server = await StartAsync();
        var content = Content(await server.ChatAnswerAsync("{\"response_format\":{\"type\":\"json_object\"}," + User + "}"));
        Assert.Equal("""{"simulated":true,"answer":"This is a simulated answer from ModelSimulator. You said: Hi"}""", content);
    }

    [Fact]
    public async Task A_schema_is_followed_through_references_choices_and_formats()
    {
        const string Schema = """
            {"type":"object","required":["mood"],"$defs":{"mood":{"enum":["calm","angry"]},"node":{"type":"object","properties":{"next":{"$ref":"#/$defs/node"}}}},
             "properties":{"mood":{"$ref":"#/$defs/mood"},"score":{"type":"integer","minimum":3},"ok":{"type":"boolean"},"at":{"type":"string","format":"date"},
               "topics":{"type":"array","minItems":2,"items":{"type":"string","maxLength":4}},"maybe":{"anyOf":[{"type":"null"},{"type":"number"}]},"kind":{"const":"call"},
               "several":{"type":["integer","null"]}}}
            """;
        await using var server = await StartAsync();
        var content = Content(await server.ChatAnswerAsync(
            "{\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"analysis\",\"schema\":" + Schema + "}}," + User + "}"));
        Assert.Equal(
            """{"mood":"calm","score":3,"ok":true,"at":"2025-01-01","topics":["This","This"],"maybe":null,"kind":"call","several":1}""", content);
    }

    [Fact]
    public async Task A_schema_that_contains_itself_ends()
    {
        await using var server = await StartAsync();
        var content = Content(await server.ChatAnswerAsync(
            "{\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{\"type\":\"object\",\"required\":[\"me\"],\"properties\":{\"me\":{\"$ref\":\"#\"}}}}}," + User + "}"));
        using var parsed = JsonDocument.Parse(content!, new JsonDocumentOptions { MaxDepth = 100 });
        Assert.Equal(JsonValueKind.Object, parsed.RootElement.GetProperty("me").ValueKind);
    }

    [Fact]
    public async Task A_required_tool_is_called_with_fitting_arguments()
    {
        await using var server = await StartAsync();
        var answer = await server.ChatAnswerAsync(Tools("\"required\"", stream: false));
        var choice = answer.GetProperty("choices")[0];
        var call = Assert.Single(choice.GetProperty("message").GetProperty("tool_calls").EnumerateArray());

        Assert.Equal("tool_calls", choice.GetProperty("finish_reason").GetString());
        Assert.Equal(JsonValueKind.Null, choice.GetProperty("message").GetProperty("content").ValueKind);
        Assert.Equal("function", call.GetProperty("type").GetString());
        Assert.Equal("""{"name":"book","arguments":"{\"day\":\"simulated\",\"guests\":2}"}""", call.GetProperty("function").GetRawText());
    }

    [Fact]
    public async Task A_streamed_tool_call_gives_its_name_once_and_its_arguments_in_pieces()
    {
        await using var server = await StartAsync();
        using var response = await server.ChatAsync(Tools("""{"type":"function","function":{"name":"cancel"}}""", stream: true));
        var calls = (await Sse.ReadAsync(response)).SkipLast(1)
            .Select(data => Sse.Json(data).GetProperty("choices")[0].GetProperty("delta"))
            .Where(delta => delta.TryGetProperty("tool_calls", out _))
            .Select(delta => delta.GetProperty("tool_calls")[0].GetProperty("function"))
            .ToList();

        Assert.Equal("cancel", calls[0].GetProperty("name").GetString());
        Assert.All(calls.Skip(1), call => Assert.False(call.TryGetProperty("name", out _)));
        Assert.True(calls.Count > 2, "arguments come in more than one piece");
        Assert.Equal("""{"reason":"simulated"}""", string.Concat(calls.Select(call => call.GetProperty("arguments").GetString())));
    }

    [Fact]
    public async Task Without_force_the_model_prefers_to_talk()
    {
        await using var server = await StartAsync();
        Assert.StartsWith("This is a simulated answer", Content(await server.ChatAnswerAsync(Tools("\"auto\"", stream: false))), StringComparison.Ordinal);
    }

    static string Tools(string choice, bool stream) => $$$"""
        {"stream":{{{(stream ? "true" : "false")}}},"tool_choice":{{{choice}}},{{{User}}},"tools":[
          {"type":"function","function":{"name":"book","parameters":{"type":"object","properties":{"day":{"type":"string"},"guests":{"type":"integer","minimum":2} } } } },
          {"type":"function","function":{"name":"cancel","parameters":{"type":"object","properties":{"reason":{"type":"string"} } } } }]}
        """;

    static string? Content(JsonElement answer) => answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString();
}
