using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using static AiPlatform.ModelSimulator.Tests.SimulatorServer;

namespace AiPlatform.ModelSimulator.Tests;

/// <summary><c>/v1/responses</c>.</summary>
public sealed class ResponseTests
{
    const string Answer = "This is a simulated answer from ModelSimulator. You said: Hello there";

    [Theory]
    [InlineData("")]
    [InlineData("/openai")]
    public async Task A_text_is_answered_with_one_message(string prefix)
    {
        await using var server = await StartAsync();
        var answer = await AnswerAsync(server, """{"model":"qwen2.5-14b","input":"Hello there","instructions":"Be kind","metadata":{"job":"7"}}""", prefix);
        Assert.Equal(
            ("response", "completed", "qwen2.5-14b", "Be kind", """{"job":"7"}"""),
            (answer.GetProperty("object").GetString(), answer.GetProperty("status").GetString(), answer.GetProperty("model").GetString(),
                answer.GetProperty("instructions").GetString(), answer.GetProperty("metadata").GetRawText()));
        Assert.Equal((Answer, "message", "assistant", "completed"), Message(answer));
        Assert.Equal(
            """{"input_tokens":13,"input_tokens_details":{"cached_tokens":0},"output_tokens":12,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":25}""",
            answer.GetProperty("usage").GetRawText());
    }

    [Fact]
    public async Task The_last_message_of_the_user_is_answered()
    {
        await using var server = await StartAsync();
        var answer = await AnswerAsync(server, """
            {"input":[{"role":"user","content":"First"},{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Well"}]},
            {"role":"user","content":[{"type":"input_text","text":"Hello "},{"type":"input_text","text":"there"}]}]}
            """);
        Assert.Equal(Answer, Message(answer).Text);
    }

    [Fact]
    public async Task A_limit_makes_it_incomplete()
    {
        await using var server = await StartAsync();
        var answer = await AnswerAsync(server, """{"input":"Hello there","max_output_tokens":2}""");
        Assert.Equal(
            ("incomplete", """{"reason":"max_output_tokens"}"""), (answer.GetProperty("status").GetString(), answer.GetProperty("incomplete_details").GetRawText()));
        Assert.Equal(("This is", "message", "assistant", "incomplete"), Message(answer));
    }

    [Fact]
    public async Task A_schema_shapes_the_text()
    {
        await using var server = await StartAsync();
        var answer = await AnswerAsync(server, """
            {"input":"Hello","text":{"format":{"type":"json_schema","name":"x","schema":{"type":"object","properties":{"sure":{"type":"boolean"}},"required":["sure"]}}}}
            """);
        Assert.True(Sse.Json(Message(answer).Text!).TryGetProperty("sure", out _));
    }

    [Fact]
    public async Task A_stream_grows_by_numbered_events_to_the_whole_response()
    {
        await using var server = await StartAsync();
        var (names, events) = await StreamAsync(server, """{"input":"Hello there","stream":true,"max_output_tokens":50}""");
        Assert.Equal(
            [
                "response.created", "response.in_progress", "response.output_item.added", "response.content_part.added",
                .. Enumerable.Repeat("response.output_text.delta", 12),
                "response.output_text.done", "response.content_part.done", "response.output_item.done", "response.completed"
            ],
            names);
        Assert.Equal(names, events.Select(data => data.GetProperty("type").GetString()));
        Assert.Equal(Enumerable.Range(0, names.Count), events.Select(data => data.GetProperty("sequence_number").GetInt32()));
        Assert.Equal(Answer, string.Concat(events.Where(data => data.TryGetProperty("delta", out _)).Select(data => data.GetProperty("delta").GetString())));
        Assert.Equal("in_progress", events[0].GetProperty("response").GetProperty("status").GetString());
        Assert.Equal(Answer, Message(events[^1].GetProperty("response")).Text);
        Assert.Equal(12, events[^1].GetProperty("response").GetProperty("usage").GetProperty("output_tokens").GetInt32());
        Assert.Single(events.Where(data => data.TryGetProperty("item_id", out _)).Select(data => data.GetProperty("item_id").GetString()).Distinct());
    }

    [Fact]
    public async Task A_stream_that_reaches_its_limit_ends_as_incomplete()
    {
        await using var server = await StartAsync();
        var (names, _) = await StreamAsync(server, """{"input":"Hello there","stream":true,"max_output_tokens":2}""");
        Assert.Equal("response.incomplete", names[^1]);
    }

    [Theory]
    [InlineData("error;message=Broken", "error")]
    [InlineData("no_done", "response.output_item.done")]
    [InlineData("truncate;after=2", "response.output_text.delta")]
    public async Task A_broken_stream_breaks_in_its_own_way(string fault, string last)
    {
        await using var server = await StartAsync();
        await server.ArmAsync(fault);
        var (names, events) = await StreamAsync(server, """{"input":"Hello there","stream":true}""");
        Assert.Equal((last, last), (names[^1], events[^1].GetProperty("type").GetString()));
    }

    [Fact]
    public async Task It_is_told_at_once_that_a_stream_has_begun()
    {
        await using var server = await StartAsync();
        await server.ArmAsync("stall;after=0");
        using var response = await PostAsync(server, """{"input":"Hello there","stream":true}""");
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancelled));
        Assert.Equal("event: response.created", await reader.ReadLineAsync(Cancelled));
    }

    [Theory]
    [InlineData("{}", HttpStatusCode.BadRequest, "Field required", "input")]
    [InlineData("{\"input\":[]}", HttpStatusCode.BadRequest, "Input should be a string or a list of messages", "input")]
    [InlineData("{\"input\":[7]}", HttpStatusCode.BadRequest, "Items of input should be messages; others are not simulated.", "input")]
    [InlineData("{\"input\":[{\"role\":\"cat\",\"content\":\"x\"}]}", HttpStatusCode.BadRequest, "A message should have the role user, assistant, system or developer, and a content", "input")]
    [InlineData("{\"input\":[{\"role\":\"user\",\"content\":7}]}", HttpStatusCode.BadRequest, "The content of a message should be a string or a list of parts", "input")]
    [InlineData("{\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_image\"}]}]}", HttpStatusCode.BadRequest, "qwen2.5-14b is not a multimodal model", "input")]
    [InlineData("{\"input\":\"x\",\"max_output_tokens\":0}", HttpStatusCode.BadRequest, "max_output_tokens must be at least 1, got 0.", "max_output_tokens")]
    [InlineData("{\"input\":\"x\",\"background\":true}", HttpStatusCode.BadRequest, "background is not simulated: a response is answered to its request.", "background")]
    [InlineData("{\"input\":\"x\",\"tool_choice\":{}}", HttpStatusCode.BadRequest, "tool_choice should be 'auto' or 'none': responses with calls are not simulated.", "tool_choice")]
    [InlineData("{\"input\":\"x\",\"text\":{\"format\":7}}", HttpStatusCode.BadRequest, "text.format.type should be 'text', 'json_object' or 'json_schema' with a schema", "text.format")]
    [InlineData("{\"input\":\"x\",\"previous_response_id\":\"resp_1\"}", HttpStatusCode.NotFound, "Response with id 'resp_1' not found.", "previous_response_id")]
    public async Task What_cannot_be_is_refused(string body, HttpStatusCode status, string message, string param)
    {
        await using var server = await StartAsync();
        await ChatRefusalTests.AssertRefusedAsync(
            await PostAsync(server, body), status, message, status == HttpStatusCode.NotFound ? "NotFoundError" : "BadRequestError", param);
    }

    [Fact]
    public async Task A_beginning_that_was_read_before_is_told_as_cached()
    {
        await using var server = await StartAsync("SIMULATOR_PREFIX_CACHE=true");
        var body = $$"""{"instructions":"{{new string('x', 400)}}","input":"Hello"}""";
        await AnswerAsync(server, body);
        var again = await AnswerAsync(server, body);
        Assert.Equal("""{"cached_tokens":96}""", again.GetProperty("usage").GetProperty("input_tokens_details").GetRawText());
    }

    static (string? Text, string? Type, string? Role, string? Status) Message(JsonElement answer)
    {
        var message = Assert.Single(answer.GetProperty("output").EnumerateArray());
        var part = Assert.Single(message.GetProperty("content").EnumerateArray());
        return (part.GetProperty("text").GetString(), message.GetProperty("type").GetString(), message.GetProperty("role").GetString(), message.GetProperty("status").GetString());
    }

    static async Task<(IReadOnlyList<string> Names, IReadOnlyList<JsonElement> Events)> StreamAsync(SimulatorServer server, string json)
    {
        using var response = await PostAsync(server, json);
        var lines = (await response.Content.ReadAsStringAsync(Cancelled)).Split('\n');
        string[] names = [.. lines.Where(line => line.StartsWith("event: ", StringComparison.Ordinal)).Select(line => line["event: ".Length..])];
        JsonElement[] events = [.. lines.Where(line => line.StartsWith("data: {", StringComparison.Ordinal)).Select(line => Sse.Json(line["data: ".Length..]))];
        return (names, events);
    }

    static async Task<JsonElement> AnswerAsync(SimulatorServer server, string json, string prefix = "")
    {
        using var response = await PostAsync(server, json, prefix);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancelled));
        return await response.Content.ReadFromJsonAsync<JsonElement>(Cancelled);
    }

    static async Task<HttpResponseMessage> PostAsync(SimulatorServer server, string json, string prefix = "")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, prefix + "/v1/responses") { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        return await server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancelled);
    }
}
