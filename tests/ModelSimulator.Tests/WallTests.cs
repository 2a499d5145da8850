using System.Diagnostics;
using System.Net;
using System.Text.Json;
using AiPlatform.ModelSimulator.Faults;
using static AiPlatform.ModelSimulator.Tests.SimulatorServer;

namespace AiPlatform.ModelSimulator.Tests;

public sealed class WallTests
{
    [Theory]
    [InlineData("fb-ok")]
    [InlineData("fb-ok-noprefill")]
    public async Task The_answer_has_sixty_words_and_as_many_tokens(string model)
    {
        await using var server = await StartAsync();
        var answer = await server.ChatAnswerAsync(Body(model));
        Assert.Equal(model, answer.GetProperty("model").GetString());
        Assert.Equal(FaultWall.Answer, answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        Assert.Equal(60, FaultWall.Answer.Split(' ').Length);
        Assert.Equal(60, answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    [Theory]
    [InlineData("fb-s01-429-retry-after", "429 200 200")]
    [InlineData("fb-s02-429-persistent", "429 429 429")]
    [InlineData("fb-s03", "500 200 200")]
    [InlineData("fb-s04-503-persistent", "503 503 503")]
    [InlineData("fb-s12-context-length", "400 400 400")]
    [InlineData("fb-s13-content-filter", "400 400 400")]
    [InlineData("fb-s15-flap", "503 503 503")]
    [InlineData("fb-s16", "503 503 503")]
    [InlineData("fb-s00", "404 404 404")]
    [InlineData("fb-s17", "404 404 404")]
    [InlineData("fb-oak", "404 404 404")]
    public async Task A_name_fails_as_often_as_it_says(string model, string statuses)
    {
        await using var server = await StartAsync();
        List<int> seen = [];
        for (var attempt = 0; attempt < 3; attempt++)
        {
            using var response = await server.ChatAsync(Body(model));
            seen.Add((int)response.StatusCode);
            Assert.Equal(model.StartsWith("fb-s01", StringComparison.Ordinal) && attempt == 0 ? TimeSpan.FromSeconds(2) : null, response.Headers.RetryAfter?.Delta);
        }

        Assert.Equal(statuses, string.Join(' ', seen));
    }

    [Fact]
    public async Task Tries_are_counted_for_each_name_and_shown_and_a_reset_forgets_them()
    {
        await using var server = await StartAsync();
        Assert.Equal((500, 500, 200), (await StatusAsync(server, "fb-s03-a"), await StatusAsync(server, "fb-s03-b"), await StatusAsync(server, "fb-s03-a")));
        var tries = Sse.Json(await server.Http.GetStringAsync("/admin/requests?limit=0", Cancelled)).GetProperty("tries");
        Assert.Equal((2, 1), (tries.GetProperty("fb-s03-a").GetInt32(), tries.GetProperty("fb-s03-b").GetInt32()));
        using var reset = await server.Http.PostAsync("/admin/reset", null, Cancelled);
        Assert.Equal(500, await StatusAsync(server, "fb-s03-a"));
    }

    [Fact]
    public async Task A_connection_is_reset_before_the_headers_once()
    {
        await using var server = await StartAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => server.ChatAsync(Body("fb-s05-reset")));
        Assert.Equal(200, await StatusAsync(server, "fb-s05-reset"));
    }

    [Fact]
    public async Task Silence_ends_without_an_answer()
    {
        await using var server = await StartAsync("SIMULATOR_WALL_TIME_FACTOR=0.001");
        await Assert.ThrowsAsync<HttpRequestException>(() => server.ChatAsync(Body("fb-s06-no-response")));
    }

    [Fact]
    public async Task A_late_first_token_comes_after_the_headers()
    {
        await using var server = await StartAsync("SIMULATOR_WALL_TIME_FACTOR=0.05");
        var started = Stopwatch.GetTimestamp();
        using var response = await server.ChatAsync(Body("fb-s07-slow-ttft", stream: true));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(FaultWall.Answer, Sse.Content(await Sse.ReadAsync(response)));
        Assert.True(Stopwatch.GetElapsedTime(started) >= TimeSpan.FromSeconds(1), "20 s by the factor 0.05");
    }

    [Theory]
    [InlineData("fb-s08-stream-cut", 40)]
    [InlineData("fb-s14-stream-cut", 40)]
    [InlineData("fb-s09-stream-stall", 20)]
    public async Task A_stream_is_cut_in_the_middle_and_another_model_brings_the_rest(string model, int tokens)
    {
        await using var server = await StartAsync("SIMULATOR_WALL_TIME_FACTOR=0.01");
        using var response = await server.ChatAsync(Body(model, stream: true));
        var (events, broken) = await Sse.ReadBrokenAsync(response);
        Assert.IsAssignableFrom<IOException>(broken);
        var said = Sse.Content(events);
        Assert.Equal(string.Join(' ', FaultWall.Answer.Split(' ')[..tokens]), said);
        var rest = await server.ChatAnswerAsync(Body("fb-ok", said: said));
        Assert.Equal(FaultWall.Answer, said + rest.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        await ChatRefusalTests.AssertRefusedAsync(
            await server.ChatAsync(Body("fb-ok-noprefill", said: said)),
            HttpStatusCode.BadRequest,
            "This model does not support assistant message prefill. The conversation must end with a user message.",
            "BadRequestError",
            "messages");
    }

    [Fact]
    public async Task The_tenth_chunk_is_garbage_and_nothing_is_lost()
    {
        await using var server = await StartAsync();
        using var response = await server.ChatAsync(Body("fb-s10-malformed-chunk", stream: true));
        var events = await Sse.ReadAsync(response);
        Assert.ThrowsAny<JsonException>(() => Sse.Json(events[9]));
        Assert.Equal(FaultWall.Answer, Sse.Content(events.Where((_, index) => index != 9)));
    }

    [Fact]
    public async Task A_stream_without_done_is_whole()
    {
        await using var server = await StartAsync();
        using var response = await server.ChatAsync(Body("fb-s11-no-done", stream: true));
        var events = await Sse.ReadAsync(response);
        Assert.Equal(FaultWall.Answer, Sse.Content(events));
        Assert.Equal("stop", Sse.Json(events[^1]).GetProperty("choices")[0].GetProperty("finish_reason").GetString());
    }

    [Fact]
    public async Task A_flapping_model_recovers()
    {
        await using var server = await StartAsync("SIMULATOR_WALL_TIME_FACTOR=0.01");
        Assert.Equal(503, await StatusAsync(server, "fb-s15-flap"));
        await Eventually.IsAsync(() => StatusAsync(server, "fb-s15-flap"), status => status == 200);
    }

    static string Body(string model, bool stream = false, string? said = null)
    {
        var beginning = said is null ? "" : $$""","add_generation_prompt":false,"continue_final_message":true""";
        var last = said is null ? "" : $$""",{"role":"assistant","content":{{JsonSerializer.Serialize(said)}}}""";
        return $$"""{"model":"{{model}}","stream":{{(stream ? "true" : "false")}},"messages":[{"role":"user","content":"Hi"}{{last}}]{{beginning}}}""";
    }

    static async Task<int> StatusAsync(SimulatorServer server, string model)
    {
        using var response = await server.ChatAsync(Body(model));
        return (int)response.StatusCode;
    }
}
