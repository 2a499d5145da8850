using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using static AiPlatform.ModelSimulator.Tests.SimulatorServer;

namespace AiPlatform.ModelSimulator.Tests;

/// <summary>What is heard in a clip can be said beforehand.</summary>
public sealed class TranscriptOrderTests
{
    [Fact]
    public async Task A_clip_is_known_by_its_samples()
    {
        await using var server = await StartAsync();
        var (known, other) = (Wav.Tone(2), Wav.Tone(3));
        await server.OrderAsync(new { sha256 = Sha256(known), text = "Guten Tag." });

        Assert.Equal("Guten Tag.", await TextAsync(server, known));
        Assert.Equal("Simulated transcript of 3.0 seconds of audio.", await TextAsync(server, other));
    }

    [Fact]
    public async Task The_newest_order_counts_as_often_as_it_says()
    {
        await using var server = await StartAsync();
        await server.OrderAsync(new { text = "Always." });
        await server.OrderAsync(new { text = "Twice.", times = 2 });

        string[] texts = [await TextAsync(server, Wav.Tone(1)), await TextAsync(server, Wav.Tone(1)), await TextAsync(server, Wav.Tone(1))];
        Assert.Equal(["Twice.", "Twice.", "Always."], texts);
    }

    [Fact]
    public async Task Words_are_as_many_as_the_speech_is_long_and_a_sentence_is_a_stretch_of_it()
    {
        await using var server = await StartAsync();
        await server.OrderAsync(new { words_per_second = 2 });

        Assert.Equal("One two three. Four five six seven.", await TextAsync(server, Wav.Parts(1.5, 1, 2, 1)));
        Assert.Equal("", await TextAsync(server, Wav.Silence(5)));
    }

    [Fact]
    public async Task A_chat_about_a_recording_answers_what_is_heard()
    {
        await using var server = await StartAsync();
        await server.OrderAsync(new { text = "**Speaker 1:** Hello." });
        var answer = await server.ChatAnswerAsync($$$"""
            {"model":"mistralai/Voxtral-Small-24B-2507","messages":[{"role":"user","content":[
              {"type":"input_audio","input_audio":{"data":"{{{Convert.ToBase64String(Wav.Tone(1))}}}","format":"wav"}},{"type":"text","text":"Names: Ann"}]}]}
            """);

        Assert.Equal("**Speaker 1:** Hello.", answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
    }

    [Fact]
    public async Task A_clip_may_have_a_fault_of_its_own()
    {
        await using var server = await StartAsync();
        var bad = Wav.Tone(2);
        await server.OrderAsync(new { sha256 = Sha256(bad), fault = "status;code=400;message=Invalid or unsupported audio file." });

        using var refused = await server.TranscribeAsync(bad);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains("Invalid or unsupported audio file.", await refused.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
        Assert.Equal("Simulated transcript of 3.0 seconds of audio.", await TextAsync(server, Wav.Tone(3)));
    }

    [Fact]
    public async Task A_loop_says_its_last_words_to_the_limit()
    {
        await using var server = await StartAsync();
        await server.OrderAsync(new { text = "Thanks. See you." });
        await server.ArmAsync("loop;after=2", times: 2);

        using var response = await server.TranscribeAsync(Wav.Tone(2), ("stream", "true"), ("max_completion_tokens", "7"));
        var events = await Sse.ReadAsync(response);
        Assert.Equal("Thanks. See you. See you. See you.", Sse.Content(events));
        Assert.Equal("length", Sse.Json(events[^2]).GetProperty("choices")[0].GetProperty("finish_reason").GetString());
    }

    [Fact]
    public async Task A_length_fault_ends_before_the_text_does()
    {
        await using var server = await StartAsync();
        await server.ArmAsync("length;after=2");

        using var response = await server.TranscribeAsync(Wav.Tone(4), ("stream", "true"));
        var events = await Sse.ReadAsync(response);
        Assert.Equal("Simulated transcript", Sse.Content(events));
        Assert.Equal("length", Sse.Json(events[^2]).GetProperty("choices")[0].GetProperty("finish_reason").GetString());
    }

    [Fact]
    public async Task Orders_are_listed_and_gone_after_a_reset()
    {
        await using var server = await StartAsync();
        await server.OrderAsync(new { text = "Hello.", times = 3 });
        await TextAsync(server, Wav.Tone(1));

        var order = Assert.Single((await ListAsync(server)).EnumerateArray());
        Assert.Equal(("Hello.", 2), (order.GetProperty("text").GetString(), order.GetProperty("times").GetInt32()));
        using var reset = await server.Http.PostAsync("/admin/reset", null, Cancelled);
        Assert.Empty((await ListAsync(server)).EnumerateArray());
    }

    [Theory]
    [InlineData("""{"sha256":"12","text":"a"}""", "sha256 '12' is not 64 hex digits")]
    [InlineData("{}", "one of text, segments, words_per_second and fault is missing")]
    [InlineData("""{"words_per_second":0}""", "words_per_second is not above 0 and at most 100")]
    [InlineData("""{"words_per_second":2,"text":"a"}""", "words_per_second is given beside a text")]
    [InlineData("""{"segments":[{"start":2,"end":1,"text":"a"}]}""", "a segment has no text, or ends before it starts")]
    [InlineData("""{"text":"a","times":-1}""", "times -1 is negative; 0 means until removed")]
    public async Task A_wrong_order_is_told_why(string order, string message)
    {
        await using var server = await StartAsync();
        using var response = await server.Http.PostAsync("/admin/transcripts", new StringContent(order), Cancelled);
        await ChatRefusalTests.AssertRefusedAsync(response, HttpStatusCode.BadRequest, message, "BadRequestError", null);
    }

    internal static string Sha256(byte[] wav) => Convert.ToHexStringLower(SHA256.HashData(wav[44..]));

    static async Task<string> TextAsync(SimulatorServer server, byte[] audio)
    {
        using var response = await server.TranscribeAsync(audio);
        return (await response.Content.ReadFromJsonAsync<JsonElement>(Cancelled)).GetProperty("text").GetString()!;
    }

    static async Task<JsonElement> ListAsync(SimulatorServer server) =>
        (await server.Http.GetFromJsonAsync<JsonElement>("/admin/transcripts", Cancelled)).GetProperty("transcripts");
}
