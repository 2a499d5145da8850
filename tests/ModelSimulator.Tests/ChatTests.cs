using System.Net.Http.Json;
using System.Text.Json;
using static AiPlatform.ModelSimulator.Tests.SimulatorServer;

namespace AiPlatform.ModelSimulator.Tests;

public sealed class ChatTests
{
    const string Hello = """{"model":"qwen2.5-14b","messages":[{"role":"user","content":"Hello there"}]}""";
    const string HelloAnswer = "This is a simulated answer from ModelSimulator. You said: Hello there";

    [Fact]
    public async Task An_answer_has_vllms_shape_and_says_that_it_is_simulated()
    {
        await using var server = await StartAsync();
        var answer = await server.ChatAnswerAsync(Hello);

        Assert.StartsWith("chatcmpl-", answer.GetProperty("id").GetString(), StringComparison.Ordinal);
        Assert.Equal("chat.completion", answer.GetProperty("object").GetString());
        Assert.Equal("qwen2.5-14b", answer.GetProperty("model").GetString());
        var choice = Assert.Single(answer.GetProperty("choices").EnumerateArray());
        Assert.Equal("assistant", choice.GetProperty("message").GetProperty("role").GetString());
        Assert.Equal(HelloAnswer, choice.GetProperty("message").GetProperty("content").GetString());
        Assert.Empty(choice.GetProperty("message").GetProperty("tool_calls").EnumerateArray());
        Assert.Equal("stop", choice.GetProperty("finish_reason").GetString());
        Assert.Equal(JsonValueKind.Null, choice.GetProperty("stop_reason").ValueKind);
        Assert.Equal("""{"prompt_tokens":7,"total_tokens":19,"completion_tokens":12,"prompt_tokens_details":null}""", answer.GetProperty("usage").GetRawText());
    }

    [Fact]
    public async Task A_stream_starts_with_the_role_gives_a_chunk_per_token_and_ends_with_done()
    {
        await using var server = await StartAsync();
        using var response = await server.ChatAsync(Hello.Replace("{\"model\"", "{\"stream\":true,\"model\"", StringComparison.Ordinal));
        var events = await Sse.ReadAsync(response);

        Assert.Equal("[DONE]", events[^1]);
        var chunks = events.SkipLast(1).Select(Sse.Json).ToList();
        Assert.Equal("""{"role":"assistant","content":""}""", chunks[0].GetProperty("choices")[0].GetProperty("delta").GetRawText());
        Assert.Equal("This", chunks[1].GetProperty("choices")[0].GetProperty("delta").GetProperty("content").GetString());
        Assert.Equal("stop", chunks[^1].GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal(HelloAnswer, Sse.Content(events));
        Assert.Equal(1 + 12 + 1, chunks.Count);
        Assert.All(chunks, chunk => Assert.Equal("chat.completion.chunk", chunk.GetProperty("object").GetString()));
        Assert.Single(chunks.Select(chunk => (chunk.GetProperty("id").GetString(), chunk.GetProperty("created").GetInt64())).Distinct());
        Assert.All(chunks, chunk => Assert.False(chunk.TryGetProperty("usage", out _)));
    }

    [Fact]
    public async Task Usage_comes_in_an_extra_chunk_when_asked_for()
    {
        await using var server = await StartAsync();
        using var response = await server.ChatAsync("""{"stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"Hello there"}]}""");
        var chunks = (await Sse.ReadAsync(response)).SkipLast(1).Select(Sse.Json).ToList();

        Assert.Empty(chunks[^1].GetProperty("choices").EnumerateArray());
        Assert.Equal(19, chunks[^1].GetProperty("usage").GetProperty("total_tokens").GetInt32());
        Assert.All(chunks.SkipLast(1), chunk => Assert.Equal(JsonValueKind.Null, chunk.GetProperty("usage").ValueKind));
    }

    [Fact]
    public async Task Continuous_usage_counts_up_with_the_tokens()
    {
        await using var server = await StartAsync();
        using var response = await server.ChatAsync(
            """{"stream":true,"stream_options":{"include_usage":true,"continuous_usage_stats":true},"max_tokens":3,"messages":[{"role":"user","content":"Hello there"}]}""");
        var counts = (await Sse.ReadAsync(response)).SkipLast(1).Select(data => Sse.Json(data).GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.Equal([0, 1, 2, 3, 3, 3], counts);
    }

    [Theory]
    [InlineData("max_tokens")]
    [InlineData("max_completion_tokens")]
    public async Task A_token_limit_cuts_the_answer_and_says_length(string field)
    {
        await using var server = await StartAsync();
        var answer = await server.ChatAnswerAsync($$$"""{"{{{field}}}":4,"messages":[{"role":"user","content":"Hello there"}]}""");
        Assert.Equal("This is a simulated", Content(answer));
        Assert.Equal("length", answer.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal(4, answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    [Fact]
    public async Task A_stop_string_ends_the_answer_before_it()
    {
        await using var server = await StartAsync();
        var answer = await server.ChatAnswerAsync("""{"stop":["never said"," You said"],"messages":[{"role":"user","content":"Hello"}]}""");
        Assert.Equal("This is a simulated answer from ModelSimulator.", Content(answer));
        Assert.Equal("stop", answer.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal(" You said", answer.GetProperty("choices")[0].GetProperty("stop_reason").GetString());
    }

    [Fact]
    public async Task A_model_told_to_ignore_the_end_runs_to_the_limit()
    {
        await using var server = await StartAsync();
        var answer = await server.ChatAnswerAsync("""{"ignore_eos":true,"max_tokens":200,"messages":[{"role":"user","content":"Hello"}]}""");
        Assert.Equal("length", answer.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal(200, answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    [Theory]
    [InlineData(5)]
    [InlineData(75)]
    public async Task The_setting_for_the_answers_length_is_exact(int tokens)
    {
        await using var server = await StartAsync($"SIMULATOR_ANSWER_TOKENS={tokens}");
        var answer = await server.ChatAnswerAsync(Hello);
        Assert.Equal(tokens, answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.Equal("stop", answer.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
    }

    [Fact]
    public async Task Content_parts_and_letters_of_all_languages_come_back_unharmed()
    {
        await using var server = await StartAsync();
        using var response = await server.ChatAsync(
            """{"stream":true,"messages":[{"role":"system","content":"Be kind"},{"role":"user","content":[{"type":"text","text":"Grüße, "},{"type":"text","text":"привет 👋🏽👋🏽👋🏽👋🏽👋🏽 \"quoted\" \n <b>"}]}]}""");
        Assert.Equal(
            "This is a simulated answer from ModelSimulator. You said: Grüße, привет 👋🏽👋🏽👋🏽👋🏽👋🏽 \"quoted\" \n <b>",
            Sse.Content(await Sse.ReadAsync(response)));
    }

    [Fact]
    public async Task The_callers_request_id_comes_back_in_the_header_and_the_answers_id()
    {
        await using var server = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = JsonContent.Create(JsonElement.Parse(Hello)) };
        request.Headers.Add("X-Request-Id", "job-42");
        using var response = await server.Http.SendAsync(request, Cancelled);

        Assert.Equal("job-42", Assert.Single(response.Headers.GetValues("X-Request-Id")));
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>(Cancelled);
        Assert.Equal("chatcmpl-job-42", answer.GetProperty("id").GetString());
    }

    [Fact]
    public async Task Voxtral_takes_audio_in_a_chat_and_answers_what_it_hears()
    {
        await using var server = await StartAsync();
        var audio = Convert.ToBase64String(Wav.Tone(seconds: 31));
        var answer = await server.ChatAnswerAsync($$$"""
            {"model":"mistralai/Voxtral-Small-24B-2507","messages":[{"role":"user","content":[
              {"type":"input_audio","input_audio":{"data":"{{{audio}}}","format":"wav"}},{"type":"text","text":"Summarise"}]}]}
            """);
        Assert.Equal("Simulated transcript of 31.0 seconds of audio.", Content(answer)![..46]);
        Assert.True(answer.GetProperty("usage").GetProperty("prompt_tokens").GetInt32() > 750, "two windows of audio are 750 tokens");
    }

    static string? Content(JsonElement answer) => answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString();
}
