using System.Text;
using System.Text.Json;
using AiPlatform.TranscriptionWorker.Providers;

namespace AiPlatform.TranscriptionWorker.Tests.Providers;

/// <summary>A prompt for Voxtral makes a chat of the transcription, or a warning.</summary>
public sealed class PromptedChatTests
{
    [Fact]
    public async Task A_clip_with_a_prompt_is_sent_to_the_chat_and_its_words_are_taken_out_of_what_the_model_writes()
    {
        await using var simulator = await Simulator.StartAsync();
        await simulator.PostAsync("/admin/transcripts", new { text = "Here is the transcription:\n\n**Speaker 1:** Good *morning*.\n**Speaker 2:** Hello, Ann." });

        var answer = (await Call.ToAsync(simulator.Address, Call.Clip(prompt: "Names: Ann"))).Answer();

        Assert.Equal(("Good morning. Hello, Ann.", "chat", "stop"), (answer.Text, answer.Mode, answer.FinishReason));
        Assert.Empty(answer.Warnings);
    }

    [Fact]
    public async Task A_language_that_the_chat_is_not_told_is_a_warning()
    {
        await using var simulator = await Simulator.StartAsync();

        var answer = (await Call.ToAsync(simulator.Address, Call.Clip(prompt: "Names: Ann") with { Language = "de" })).Answer();

        Assert.StartsWith("language: ", Assert.Single(answer.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_asked_for_no_more_words_than_the_clip_can_hold()
    {
        await using var server = await ScriptedServer.AnsweringAsync(
            200, """{"choices":[{"message":{"role":"assistant","content":"Hello."},"finish_reason":"length"}],"usage":{"total_tokens":5}}""");

        var answer = (await Call.ToAsync(server.Address, Call.Clip(prompt: "Names: Ann", temperature: 0.2))).Answer();

        Assert.Equal(("Hello.", "length", "chat"), (answer.Text, answer.FinishReason, answer.Mode));
        var (path, headers, body) = Assert.Single(server.Requests);
        Assert.Equal(("/v1/chat/completions", "application/json", "job-1"), (path, headers.ContentType.ToString(), headers["X-Request-Id"].ToString()));
        var request = JsonElement.Parse(body);
        Assert.Equal((101, 0.2), (request.GetProperty("max_tokens").GetInt32(), request.GetProperty("temperature").GetDouble()));
        var message = Assert.Single(request.GetProperty("messages").EnumerateArray());
        Assert.Equal(
            ("user", Convert.ToBase64String(Wav.Call), "wav", "Names: Ann"),
            (message.GetProperty("role").GetString(), message.GetProperty("content")[0].GetProperty("input_audio").GetProperty("data").GetString(),
                message.GetProperty("content")[0].GetProperty("input_audio").GetProperty("format").GetString(),
                message.GetProperty("content")[1].GetProperty("text").GetString()));
    }

    [Theory]
    [InlineData(400, "voxtral is not a multimodal model")]
    [InlineData(404, "Not Found")]
    [InlineData(501, "Not implemented")]
    public async Task A_server_that_cannot_chat_about_audio_transcribes_and_the_answer_says_so(int status, string refusal)
    {
        await using var server = await RefusingAsync("/v1/chat/completions", status, refusal);
        using var call = new Call(Call.Voxtral(server.Address));

        var answer = (await call.AskAsync(Call.Clip(prompt: "Names: Ann"))).Answer();

        Assert.Equal(("Hello.", "transcription"), (answer.Text, answer.Mode));
        var warning = Assert.Single(answer.Warnings);
        Assert.StartsWith("The prompt had no effect, as voxtral cannot chat about audio: ", warning, StringComparison.Ordinal);
        Assert.EndsWith(refusal, warning, StringComparison.Ordinal);

        // It is not sent the next clip twice.
        Assert.Equal(warning, Assert.Single((await call.AskAsync(Call.Clip(prompt: "Names: Ann"))).Answer().Warnings));
        Assert.Equal(
            ["/v1/chat/completions", "/v1/audio/transcriptions", "/v1/audio/transcriptions"], server.Requests.Select(request => request.Path));
    }

    [Theory]
    [InlineData(400, "Invalid or unsupported audio file.", "Undecodable")]
    [InlineData(401, "Unauthorized", "None")]
    [InlineData(503, "Busy", "None")]
    public async Task Other_failures_of_the_chat_are_failures(int status, string refusal, string expected)
    {
        await using var server = await RefusingAsync("/v1/chat/completions", status, refusal);

        var failed = Assert.IsType<ClipResult.Failed>(await Call.ToAsync(server.Address, Call.Clip(prompt: "Names: Ann")));

        Assert.Equal((expected, $"{status}"), ($"{failed.Refusal}", failed.Failure.Type));
        Assert.Single(server.Requests);
    }

    static Task<ScriptedServer> RefusingAsync(string path, int status, string message) => ScriptedServer.StartAsync(context =>
    {
        var (code, body) = context.Request.Path == path ? (status, $$$"""{"error":{"message":"{{{message}}}"}}""") : (200, """{"text":"Hello."}""");
        return ScriptedServer.AnswerAsync(context, code, Encoding.UTF8.GetBytes(body), "application/json");
    });
}
