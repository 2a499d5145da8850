using System.Diagnostics;
using System.Net;
using System.Text.Json;
using static AiPlatform.ModelSimulator.Tests.SimulatorServer;

namespace AiPlatform.ModelSimulator.Tests;

public sealed class FaultTests
{
    const string Whole = """{"messages":[{"role":"user","content":"Hello there"}]}""";
    const string Stream = """{"stream":true,"messages":[{"role":"user","content":"Hello there"}]}""";

    [Fact]
    public async Task A_status_comes_with_retry_after_and_a_message()
    {
        await using var server = await StartAsync();
        using var response = await server.ChatAsync(Whole, "status;code=429;retry_after=2;message=Slow down");
        Assert.Equal(TimeSpan.FromSeconds(2), response.Headers.RetryAfter?.Delta);
        await ChatRefusalTests.AssertRefusedAsync(response, HttpStatusCode.TooManyRequests, "Slow down", "Too Many Requests", null);
    }

    [Fact]
    public async Task An_error_body_comes_with_status_200()
    {
        await using var server = await StartAsync();
        var body = await server.ChatAnswerAsync(Whole, "error_body");
        Assert.Equal("""{"error":{"message":"Simulated fault: error_body.","type":"ServiceUnavailableError","param":null,"code":503}}""", body.GetRawText());
    }

    [Theory]
    [InlineData(Whole)]
    [InlineData(Stream)]
    public async Task A_reset_gives_no_answer(string body)
    {
        await using var server = await StartAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => server.ChatAsync(body, "reset"));
    }

    [Fact]
    public async Task A_cut_stream_breaks_after_the_tokens_the_client_has_seen()
    {
        await using var server = await StartAsync();
        using var response = await server.ChatAsync(Stream, "cut;after=5");
        var (events, broken) = await Sse.ReadBrokenAsync(response);
        Assert.IsAssignableFrom<IOException>(broken);
        Assert.Equal("This is a simulated answer", Sse.Content(events));
        var record = Assert.Single(await server.RequestsAsync());
        Assert.Equal(("error", 5), (record.GetProperty("finish").GetString(), record.GetProperty("tokens_generated").GetInt32()));
    }

    [Fact]
    public async Task A_cut_without_a_stream_gives_no_answer()
    {
        await using var server = await StartAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => server.ChatAsync(Whole, "cut;after=5"));
    }

    [Fact]
    public async Task A_clock_says_when_each_token_was_sent()
    {
        await using var server = await StartAsync();
        var before = Stopwatch.GetTimestamp();
        using var response = await server.ChatAsync(Stream, "clock;every=5ms");
        var sent = Sse.Content(await Sse.ReadAsync(response)).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(long.Parse).ToList();
        Assert.True(sent.Count > 1);
        Assert.Equal(sent.Order(), sent);
        Assert.InRange(sent[0], before, Stopwatch.GetTimestamp());
    }

    [Fact]
    public async Task A_truncated_stream_ends_cleanly_without_a_reason()
    {
        await using var server = await StartAsync();
        using var response = await server.ChatAsync(Stream, "truncate;after=2");
        var (events, broken) = await Sse.ReadBrokenAsync(response);
        Assert.Null(broken);
        Assert.Equal("This is", Sse.Content(events));
        Assert.All(events, data => Assert.Equal(JsonValueKind.Null, Sse.Json(data).GetProperty("choices")[0].GetProperty("finish_reason").ValueKind));
    }

    [Theory]
    [InlineData("truncate")]
    [InlineData("no_done")]
    public async Task Faults_of_streams_leave_other_answers_alone(string fault)
    {
        await using var server = await StartAsync();
        var answer = await server.ChatAnswerAsync(Whole, fault);
        Assert.Equal("stop", answer.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
    }

    [Fact]
    public async Task A_stream_without_done_is_otherwise_complete()
    {
        await using var server = await StartAsync();
        using var response = await server.ChatAsync(Stream, "no_done");
        var events = await Sse.ReadAsync(response);
        Assert.Equal("stop", Sse.Json(events[^1]).GetProperty("choices")[0].GetProperty("finish_reason").GetString());
    }

    [Fact]
    public async Task An_error_in_a_stream_comes_after_the_first_tokens_and_before_done()
    {
        await using var server = await StartAsync();
        using var response = await server.ChatAsync(Stream, "error;after=2;message=Engine is dead");
        var events = await Sse.ReadAsync(response);
        Assert.Equal("This is", Sse.Content(events.SkipLast(2)));
        Assert.Equal("""{"error":{"message":"Engine is dead","type":"InternalServerError","param":null,"code":500}}""", events[^2]);
        Assert.Equal("[DONE]", events[^1]);
    }

    [Fact]
    public async Task An_error_without_a_stream_is_a_status_500()
    {
        await using var server = await StartAsync();
        await ChatRefusalTests.AssertRefusedAsync(
            await server.ChatAsync(Whole, "error"), HttpStatusCode.InternalServerError, "Simulated fault: error.", "InternalServerError", null);
    }

    [Fact]
    public async Task A_malformed_chunk_stands_in_place_of_one_token()
    {
        await using var server = await StartAsync();
        using var response = await server.ChatAsync(Stream, "malformed;after=2");
        var events = await Sse.ReadAsync(response);
        Assert.ThrowsAny<JsonException>(() => Sse.Json(events[2]));
        Assert.Equal("This a simulated answer from ModelSimulator. You said: Hello there", Sse.Content(events.Where(data => data != events[2])));
    }

    [Fact]
    public async Task A_malformed_answer_is_half_of_one()
    {
        await using var server = await StartAsync();
        using var response = await server.ChatAsync(Whole, "malformed");
        var body = await response.Content.ReadAsStringAsync(Cancelled);
        Assert.StartsWith("{\"id\":\"chatcmpl-", body, StringComparison.Ordinal);
        Assert.ThrowsAny<JsonException>(() => Sse.Json(body));
    }

    [Fact]
    public async Task Garbage_is_one_chunk_more()
    {
        await using var server = await StartAsync();
        using var response = await server.ChatAsync(Stream, "garbage;after=2");
        var events = await Sse.ReadAsync(response);
        Assert.ThrowsAny<JsonException>(() => Sse.Json(events[2]));
        Assert.Equal("This is a simulated answer from ModelSimulator. You said: Hello there", Sse.Content(events.Where(data => data != events[2])));
    }

    [Fact]
    public async Task A_huge_chunk_holds_the_whole_answer()
    {
        await using var server = await StartAsync("SIMULATOR_ANSWER_TOKENS=30000", "SIMULATOR_MAX_MODEL_LEN=40000");
        using var response = await server.ChatAsync(Stream, "huge");
        var events = await Sse.ReadAsync(response);
        Assert.Equal(4, events.Count);
        Assert.True(events[1].Length > 100_000, "30000 tokens are more than 100 kB");
        Assert.Equal(Sse.Content(events), Sse.Json(events[1]).GetProperty("choices")[0].GetProperty("delta").GetProperty("content").GetString());
    }

    [Theory]
    [InlineData("retry_at=5", "Retry-After")]
    [InlineData("retry_after_ms=1500", "retry-after-ms")]
    public async Task When_to_come_again_can_be_a_date_or_milliseconds(string setting, string header)
    {
        await using var server = await StartAsync();
        var before = TimeProvider.System.GetUtcNow();
        using var response = await server.ChatAsync(Whole, "status;code=429;" + setting);
        var said = Assert.Single(response.Headers.GetValues(header));
        if (header == "retry-after-ms")
            Assert.Equal("1500", said);
        else
            Assert.InRange(DateTimeOffset.ParseExact(said, "R", null), before.AddSeconds(3), TimeProvider.System.GetUtcNow().AddSeconds(6));
    }

    [Theory]
    [InlineData("trickle")]
    [InlineData("slow_headers;every=1ms")]
    [InlineData("slow;for=20ms;every=1ms")]
    [InlineData("stall;after=3;for=20ms")]
    [InlineData("hang;for=20ms")]
    public async Task A_delay_that_ends_leaves_the_answer_whole(string fault)
    {
        await using var server = await StartAsync();
        using var streamed = await server.ChatAsync(Stream, fault);
        Assert.Equal("This is a simulated answer from ModelSimulator. You said: Hello there", Sse.Content(await Sse.ReadAsync(streamed)));
        var whole = await server.ChatAnswerAsync(Whole, fault);
        Assert.Equal("stop", whole.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
    }

    [Fact]
    public async Task A_slow_first_token_takes_its_time_and_the_rest_follows_at_once()
    {
        await using var server = await StartAsync();
        await server.ChatAnswerAsync(Whole, "slow;for=120ms");
        Assert.InRange(await server.MetricAsync("vllm:time_to_first_token_seconds_sum"), 0.12, 20);
        Assert.Equal(0, await server.MetricAsync("vllm:request_decode_time_seconds_sum"));
    }

    [Fact]
    public async Task The_models_name_can_carry_the_fault_for_callers_that_pass_no_headers()
    {
        await using var server = await StartAsync();
        using var response = await server.ChatAsync("""{"model":"qwen2.5-14b@status;code=500","messages":[{"role":"user","content":"Hi"}]}""");
        await ChatRefusalTests.AssertRefusedAsync(response, HttpStatusCode.InternalServerError, "Simulated fault: status.", "InternalServerError", null);
    }

    [Theory]
    [InlineData("explode", "Unknown fault 'explode'; one of: status, hang, reset, slow, stall, cut, malformed, garbage, error, no_done, truncate, error_body, trickle, slow_headers, huge, length, loop, ignore_disconnect, clock")]
    [InlineData("stall;for=never", "Fault setting 'for=never' is none of: after=tokens, for=2s, every=50ms, code=400..599, retry_after=seconds, retry_at=seconds, retry_after_ms=1500, error_code=text, message=text")]
    [InlineData("status;code=200", "Fault setting 'code=200' is none of: after=tokens, for=2s, every=50ms, code=400..599, retry_after=seconds, retry_at=seconds, retry_after_ms=1500, error_code=text, message=text")]
    public async Task A_fault_that_is_not_understood_is_refused_instead_of_ignored(string fault, string message)
    {
        await using var server = await StartAsync();
        await ChatRefusalTests.AssertRefusedAsync(await server.ChatAsync(Whole, fault), HttpStatusCode.BadRequest, message, "BadRequestError", "X-Simulator-Fault");
    }
}
