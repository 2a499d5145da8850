using System.Net;
using System.Net.Http.Headers;
using static AiPlatform.ModelSimulator.Tests.SimulatorServer;

namespace AiPlatform.ModelSimulator.Tests;

public sealed class ChatRefusalTests
{
    const string User = "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";

    [Theory]
    [InlineData("[]", "Input should be a valid dictionary or object to extract fields from", null)]
    [InlineData("{}", "Field required", "messages")]
    [InlineData("{\"messages\":[]}", "List should have at least 1 item after validation, not 0", "messages")]
    [InlineData("{\"messages\":\"Hi\"}", "Input should be a valid list", "messages")]
    [InlineData("{\"messages\":[{\"content\":\"Hi\"}]}", "Each message should be an object with a role", "messages")]
    [InlineData("{\"messages\":[{\"role\":\"user\",\"content\":7}]}", "Message content should be a string or a list of parts", "messages")]
    [InlineData("{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"smell\"}]}]}", "Unknown part type: smell", "messages")]
    [InlineData("{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\"}]}]}", "qwen2.5-14b is not a multimodal model", "messages")]
    [InlineData("{\"model\":7," + User + "}", "Input should be a valid string", "model")]
    [InlineData("{\"max_tokens\":0," + User + "}", "max_tokens must be at least 1, got 0.", "max_tokens")]
    [InlineData("{\"max_tokens\":1.5," + User + "}", "Input should be a valid integer", "max_tokens")]
    [InlineData("{\"temperature\":-1," + User + "}", "temperature must be non-negative, got -1.", "temperature")]
    [InlineData("{\"top_p\":1.5," + User + "}", "top_p must be in (0, 1], got 1.5.", "top_p")]
    [InlineData("{\"priority\":5," + User + "}", "Got priority 5 but Priority scheduling is not enabled.", "priority")]
    [InlineData("{\"stream\":\"yes\"," + User + "}", "Input should be a valid boolean", "stream")]
    [InlineData("{\"stream_options\":{}," + User + "}", "Stream options can only be defined when `stream=True`.", "stream_options")]
    [InlineData("{\"stop\":[1]," + User + "}", "Input should be a string or a list of strings", "stop")]
    [InlineData("{\"response_format\":{\"type\":\"xml\"}," + User + "}", "response_format.type should be 'text', 'json_object' or 'json_schema'", "response_format")]
    [InlineData("{\"response_format\":{\"type\":\"json_schema\"}," + User + "}", "response_format of type json_schema needs json_schema.schema", "response_format")]
    [InlineData("{\"tool_choice\":\"required\"," + User + "}", "When using `tool_choice`, `tools` must be set.", "tool_choice")]
    public async Task Wrong_input_is_answered_400_in_vllms_words(string body, string message, string? param)
    {
        await using var server = await StartAsync();
        await AssertRefusedAsync(await server.ChatAsync(body), HttpStatusCode.BadRequest, message, "BadRequestError", param);
    }

    [Fact]
    public async Task Too_long_a_prompt_and_too_high_a_limit_name_the_context()
    {
        await using var server = await StartAsync("SIMULATOR_MAX_MODEL_LEN=32");
        await AssertRefusedAsync(
            await server.ChatAsync($$"""{"messages":[{"role":"user","content":"{{new string('x', 200)}}"}]}"""),
            HttpStatusCode.BadRequest,
            "This model's maximum context length is 32 tokens. However, your request has 54 input tokens. Please reduce the length of the input messages.",
            "BadRequestError",
            "messages");
        await AssertRefusedAsync(
            await server.ChatAsync("{\"max_tokens\":40," + User + "}"),
            HttpStatusCode.BadRequest,
            "'max_tokens' or 'max_completion_tokens' is too large: 40. This model's maximum context length is 32 tokens and your request has 5 input tokens (40 > 32 - 5).",
            "BadRequestError",
            "max_tokens");
    }

    [Fact]
    public async Task An_unknown_model_is_answered_404()
    {
        await using var server = await StartAsync();
        await AssertRefusedAsync(
            await server.ChatAsync("{\"model\":\"gpt-99\"," + User + "}"), HttpStatusCode.NotFound, "The model `gpt-99` does not exist.", "NotFoundError", "model");
    }

    [Fact]
    public async Task What_is_not_json_is_answered_400()
    {
        await using var server = await StartAsync();
        using var response = await server.ChatAsync("{\"messages\":");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("JSON decode error", await response.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_beyond_the_limit_is_answered_413()
    {
        await using var server = await StartAsync();
        using var body = new ByteArrayContent(new byte[(64 * 1024 * 1024) + 1]);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = body };

        // Else the client notices that its body is not read before it reads why.
        request.Headers.ExpectContinue = true;
        using var response = await server.Http.SendAsync(request, Cancelled);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Theory]
    [InlineData("GET", "/v1/nothing", HttpStatusCode.NotFound, "Not Found", "NotFoundError")]
    [InlineData("GET", "/v1/chat/completions", HttpStatusCode.MethodNotAllowed, "Method Not Allowed", "Method Not Allowed")]
    public async Task Unknown_routes_have_the_same_error_shape(string method, string path, HttpStatusCode status, string message, string type)
    {
        await using var server = await StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        await AssertRefusedAsync(await server.Http.SendAsync(request, Cancelled), status, message, type, null);
    }

    [Fact]
    public async Task A_configured_key_guards_v1_and_leaves_the_probes_open()
    {
        await using var server = await StartAsync("SIMULATOR_API_KEY=secret");
        using (var refused = await server.ChatAsync("{" + User + "}"))
        {
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
            Assert.Equal("""{"error":"Unauthorized"}""", await refused.Content.ReadAsStringAsync(Cancelled));
        }

        Assert.Empty(await server.Http.GetByteArrayAsync("/health", Cancelled));
        server.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "secret");
        await server.ChatAnswerAsync("{" + User + "}");
        var record = Assert.Single(await server.RequestsAsync());
        Assert.Equal("present", record.GetProperty("headers").GetProperty("Authorization").GetString());
    }

    internal static async Task AssertRefusedAsync(HttpResponseMessage response, HttpStatusCode status, string message, string type, string? param)
    {
        using (response)
        {
            var body = await response.Content.ReadAsStringAsync(Cancelled);
            Assert.Equal(status, response.StatusCode);
            var error = Sse.Json(body).GetProperty("error");
            Assert.Equal(
                (message, type, param, (int)status),
                (error.GetProperty("message").GetString(), error.GetProperty("type").GetString(), error.GetProperty("param").GetString(), error.GetProperty("code").GetInt32()));
        }
    }
}
