using System.Net;
using System.Text;
using System.Text.Json;
using AiPlatform.ModelSimulator.Faults;
using static AiPlatform.ModelSimulator.Tests.SimulatorServer;

namespace AiPlatform.ModelSimulator.Tests;

/// <summary>Anthropic's Messages API.</summary>
public sealed class MessagesTests
{
    const string HelloAnswer = "This is a simulated answer from ModelSimulator. You said: Hello there";
    const string Hello = """{"model":"qwen2.5-14b","max_tokens":100,"messages":[{"role":"user","content":"Hello there"}]}""";
    const string Tool = "{\"tools\":[{\"name\":\"look\",\"input_schema\":{\"type\":\"object\",\"properties\":{\"at\":{\"type\":\"string\"}},\"required\":[\"at\"]}}],\"tool_choice\":{\"type\":\"any\"},";

    [Fact]
    public async Task An_answer_has_Anthropics_shape()
    {
        await using var server = await StartAsync();
        using var response = await PostAsync(server, Hello);
        var answer = await JsonAsync(response);
        Assert.StartsWith("msg_", answer.GetProperty("id").GetString(), StringComparison.Ordinal);
        Assert.Equal("""[{"type":"text","text":"This is a simulated answer from ModelSimulator. You said: Hello there"}]""", answer.GetProperty("content").GetRawText());
        Assert.Equal("""{"input_tokens":7,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":12}""", answer.GetProperty("usage").GetRawText());
        Assert.Equal(
            ("message", "assistant", "end_turn", JsonValueKind.Null),
            (answer.GetProperty("type").GetString(), answer.GetProperty("role").GetString(), answer.GetProperty("stop_reason").GetString(), answer.GetProperty("stop_sequence").ValueKind));
        Assert.StartsWith("req_", Assert.Single(response.Headers.GetValues("request-id")), StringComparison.Ordinal);
        Assert.Equal("9999", Assert.Single(response.Headers.GetValues("anthropic-ratelimit-requests-remaining")));
    }

    [Fact]
    public async Task A_stream_has_Anthropics_events_in_their_order()
    {
        await using var server = await StartAsync();
        var events = await StreamAsync(server, Hello);
        Assert.Equal(
            ["message_start", "content_block_start", "ping", .. Enumerable.Repeat("content_block_delta", 12), "content_block_stop", "message_delta", "message_stop"],
            events.Select(entry => entry.Name));
        Assert.All(events, entry => Assert.Equal(entry.Name, entry.Data.GetProperty("type").GetString()));
        Assert.Equal(HelloAnswer, string.Concat(events.Where(entry => entry.Name == "content_block_delta").Select(entry => entry.Data.GetProperty("delta").GetProperty("text").GetString())));
        Assert.Equal(7, events[0].Data.GetProperty("message").GetProperty("usage").GetProperty("input_tokens").GetInt32());
        Assert.Equal(("end_turn", 12), (events[^2].Data.GetProperty("delta").GetProperty("stop_reason").GetString(), events[^2].Data.GetProperty("usage").GetProperty("output_tokens").GetInt32()));
    }

    [Fact]
    public async Task A_forced_tool_is_called()
    {
        await using var server = await StartAsync();
        using var response = await PostAsync(server, Tool + Hello[1..]);
        var answer = await JsonAsync(response);
        var block = Assert.Single(answer.GetProperty("content").EnumerateArray());
        Assert.Equal(
            ("tool_use", "look", """{"at":"simulated"}""", "tool_use"),
            (block.GetProperty("type").GetString(), block.GetProperty("name").GetString(), block.GetProperty("input").GetRawText(), answer.GetProperty("stop_reason").GetString()));

        var events = await StreamAsync(server, Tool + Hello[1..]);
        Assert.Equal("tool_use", events[1].Data.GetProperty("content_block").GetProperty("type").GetString());
        Assert.Equal("""{"at":"simulated"}""", string.Concat(events.Where(entry => entry.Name == "content_block_delta")
            .Select(entry => entry.Data.GetProperty("delta").GetProperty("partial_json").GetString())));
    }

    [Fact]
    public async Task A_thought_is_a_block_of_its_own_before_the_answer()
    {
        await using var server = await StartAsync();
        var events = await StreamAsync(server, "{\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":1024}," + Hello[1..]);
        var deltas = events.Where(entry => entry.Name == "content_block_delta").Select(entry => entry.Data).ToList();
        Assert.Equal(
            [.. Enumerable.Repeat((0, "thinking_delta"), 7), (0, "signature_delta"), .. Enumerable.Repeat((1, "text_delta"), 12)],
            deltas.Select(delta => (delta.GetProperty("index").GetInt32(), delta.GetProperty("delta").GetProperty("type").GetString()!)));
        Assert.Equal([0, 1], events.Where(entry => entry.Name == "content_block_stop").Select(entry => entry.Data.GetProperty("index").GetInt32()));
    }

    [Theory]
    [InlineData("\"max_tokens\":4", "max_tokens", null)]
    [InlineData("\"max_tokens\":100,\"stop_sequences\":[\" You said\"]", "stop_sequence", " You said")]
    public async Task An_answer_that_is_cut_says_why(string fields, string reason, string? sequence)
    {
        await using var server = await StartAsync();
        using var response = await PostAsync(server, Hello.Replace("\"max_tokens\":100", fields, StringComparison.Ordinal));
        var answer = await JsonAsync(response);
        Assert.Equal((reason, sequence), (answer.GetProperty("stop_reason").GetString(), answer.GetProperty("stop_sequence").GetString()));
    }

    [Theory]
    [InlineData("""{"model":"qwen2.5-14b","messages":[{"role":"user","content":"Hi"}]}""", 400, "invalid_request_error", "max_tokens: Field required")]
    [InlineData("""{"model":"qwen2.5-14b","max_tokens":5,"seed":1,"messages":[{"role":"user","content":"Hi"}]}""", 400, "invalid_request_error", "seed: Extra inputs are not permitted")]
    [InlineData("""{"model":"qwen2.5-14b","max_tokens":5,"temperature":1.5,"messages":[{"role":"user","content":"Hi"}]}""", 400, "invalid_request_error", "temperature: range: 0..1")]
    [InlineData("""{"model":"qwen2.5-14b","max_tokens":5,"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Th"}]}""", 400, "invalid_request_error", "This model does not support assistant message prefill. The conversation must end with a user message.")]
    [InlineData("""{"model":"qwen2.5-14b","max_tokens":5,"messages":[{"role":"system","content":"Hi"}]}""", 400, "invalid_request_error", "messages: Unexpected role \"system\". The Messages API accepts a top-level `system` parameter, not \"system\" as an input message role.")]
    [InlineData("""{"model":"other","max_tokens":5,"messages":[{"role":"user","content":"Hi"}]}""", 404, "not_found_error", "model: other")]
    [InlineData("""{"model":"qwen2.5-14b","max_tokens":5,"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"a"}]}]}""", 400, "invalid_request_error", "messages.0: unexpected `tool_use_id` found in `tool_result` blocks: a. Each `tool_result` block must have a corresponding `tool_use` block in the previous message.")]
    public async Task Wrong_input_is_refused_in_Anthropics_words(string body, int status, string type, string message)
    {
        await using var server = await StartAsync();
        using var response = await PostAsync(server, body);
        await AssertErrorAsync(response, status, type, message);
    }

    [Theory]
    [InlineData("anthropic-version", 400, "invalid_request_error", "anthropic-version: header is required")]
    [InlineData("x-api-key", 401, "authentication_error", "x-api-key header is required")]
    public async Task A_missing_header_is_named(string header, int status, string type, string message)
    {
        await using var server = await StartAsync();
        using var response = await PostAsync(server, Hello, without: header);
        await AssertErrorAsync(response, status, type, message);
    }

    [Theory]
    [InlineData("status;code=529;message=Overloaded", 529, "overloaded_error")]
    [InlineData("status;code=429;message=Overloaded", 429, "rate_limit_error")]
    [InlineData("status;code=500;message=Overloaded", 500, "api_error")]
    [InlineData("error_body;message=Overloaded", 200, "api_error")]
    public async Task Errors_have_Anthropics_types(string fault, int status, string type)
    {
        await using var server = await StartAsync();
        using var response = await PostAsync(server, Hello, fault: fault);
        await AssertErrorAsync(response, status, type, "Overloaded");
    }

    [Fact]
    public async Task An_error_in_a_stream_is_an_event_and_nothing_follows()
    {
        await using var server = await StartAsync();
        var events = await StreamAsync(server, Hello, "error;after=2;message=Overloaded");
        Assert.Equal("error", events[^1].Name);
        Assert.Equal("Overloaded", events[^1].Data.GetProperty("error").GetProperty("message").GetString());
    }

    [Fact]
    public async Task A_full_line_is_529()
    {
        await using var server = await StartAsync("SIMULATOR_MAX_RUNNING=1", "SIMULATOR_MAX_WAITING=0");
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var stalled = server.ChatUntilAsync("""{"messages":[{"role":"user","content":"Hi"}]}""", "stall", leaving.Token);
        await Eventually.IsAsync(() => server.MetricAsync("vllm:num_requests_running"), running => running == 1);
        using (var refused = await PostAsync(server, Hello))
            await AssertErrorAsync(refused, 529, "overloaded_error", "Overloaded");
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stalled);
    }

    [Theory]
    [InlineData("/anthropic/v1/chat/completions")]
    [InlineData("/vllm/v1/messages")]
    [InlineData("/v1/messages")]
    public async Task Each_server_has_its_own_route_alone(string path)
    {
        await using var server = await StartAsync();
        using var response = await PostAsync(server, Hello, path: path);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task The_wall_stands_here_too()
    {
        await using var server = await StartAsync();
        using var response = await PostAsync(server, Hello.Replace("qwen2.5-14b", "fb-ok", StringComparison.Ordinal));
        Assert.Equal(FaultWall.Answer, (await JsonAsync(response)).GetProperty("content")[0].GetProperty("text").GetString());
    }

    static async Task AssertErrorAsync(HttpResponseMessage response, int status, string type, string message)
    {
        var body = await JsonAsync(response);
        var error = body.GetProperty("error");
        Assert.Equal(
            (status, "error", type, message, Assert.Single(response.Headers.GetValues("request-id"))),
            ((int)response.StatusCode, body.GetProperty("type").GetString(), error.GetProperty("type").GetString(), error.GetProperty("message").GetString(), body.GetProperty("request_id").GetString()));
    }

    static async Task<JsonElement> JsonAsync(HttpResponseMessage response) => JsonElement.Parse(await response.Content.ReadAsStringAsync(Cancelled));

    static async Task<IReadOnlyList<(string Name, JsonElement Data)>> StreamAsync(SimulatorServer server, string body, string? fault = null)
    {
        using var response = await PostAsync(server, "{\"stream\":true," + body[1..], fault);
        var text = await response.Content.ReadAsStringAsync(Cancelled);
        Assert.EndsWith("\n\n", text, StringComparison.Ordinal);
        return [.. text[..^2].Split("\n\n").Select(entry => entry.Split('\n')).Select(lines => (lines[0]["event: ".Length..], JsonElement.Parse(lines[1]["data: ".Length..])))];
    }

    static async Task<HttpResponseMessage> PostAsync(SimulatorServer server, string body, string? fault = null, string? without = null, string path = "/anthropic/v1/messages")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Add("x-api-key", "any");
        request.Headers.Add("anthropic-version", "2023-06-01");
        if (fault is not null)
            request.Headers.Add("X-Simulator-Fault", fault);
        if (without is not null)
            request.Headers.Remove(without);
        return await server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancelled);
    }
}
