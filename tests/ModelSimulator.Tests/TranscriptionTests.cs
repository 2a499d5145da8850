using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using static AiPlatform.ModelSimulator.Tests.SimulatorServer;

namespace AiPlatform.ModelSimulator.Tests;

public sealed class TranscriptionTests
{
    [Fact]
    public async Task The_recorded_sample_gives_text_and_its_length_in_seconds()
    {
        await using var server = await StartAsync();
        using var response = await server.TranscribeAsync(Wav.Sample(), ("model", "mistralai/Voxtral-Small-24B-2507"), ("response_format", "json"), ("language", "en"));
        Assert.Equal(
            """{"text":"Simulated transcript of 3.7 seconds of audio.","usage":{"type":"duration","seconds":4}}""",
            await response.Content.ReadAsStringAsync(Cancelled));
    }

    [Theory]
    [InlineData(8000, 1)]
    [InlineData(16000, 2)]
    public async Task The_length_is_read_from_the_header(int rate, int channels)
    {
        await using var server = await StartAsync();
        using var response = await server.TranscribeAsync(Wav.Tone(28.2, rate, channels));
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>(Cancelled);
        Assert.StartsWith("Simulated transcript of 28.2 seconds of audio. ", answer.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Equal(29, answer.GetProperty("usage").GetProperty("seconds").GetInt32());
        Assert.InRange(answer.GetProperty("text").GetString()!.Length, 28 * 10, 28 * 16);
    }

    [Fact]
    public async Task Silence_has_no_words()
    {
        await using var server = await StartAsync();
        using var response = await server.TranscribeAsync(Wav.Silence(3));
        Assert.Equal("""{"text":"","usage":{"type":"duration","seconds":3}}""", await response.Content.ReadAsStringAsync(Cancelled));
    }

    [Fact]
    public async Task A_stream_gives_chunks_a_reason_usage_and_done()
    {
        await using var server = await StartAsync();
        using var response = await server.TranscribeAsync(Wav.Sample(), ("stream", "true"), ("stream_include_usage", "true"));
        var events = await Sse.ReadAsync(response);
        var chunks = events.SkipLast(1).Select(Sse.Json).ToList();

        Assert.Equal("[DONE]", events[^1]);
        Assert.All(chunks, chunk => Assert.Equal("transcription.chunk", chunk.GetProperty("object").GetString()));
        Assert.Equal("Simulated transcript of 3.7 seconds of audio.", Sse.Content(events));
        Assert.Equal("stop", chunks[^2].GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal("""{"prompt_tokens":387,"total_tokens":394,"completion_tokens":7}""", chunks[^1].GetProperty("usage").GetRawText());
    }

    [Fact]
    public async Task A_token_limit_shows_as_length_in_the_stream_only()
    {
        await using var server = await StartAsync();
        using var response = await server.TranscribeAsync(Wav.Sample(), ("stream", "true"), ("max_completion_tokens", "2"));
        var events = await Sse.ReadAsync(response);
        Assert.Equal("Simulated transcript", Sse.Content(events));
        Assert.Equal("length", Sse.Json(events[^2]).GetProperty("choices")[0].GetProperty("finish_reason").GetString());
    }

    [Theory]
    [InlineData("response_format", "verbose_json", "Currently do not support verbose_json for mistralai/Voxtral-Small-24B-2507")]
    [InlineData("response_format", "srt", "Currently only support response_format: `text`, `json` or `verbose_json`")]
    [InlineData("response_format", "vtt", "Currently only support response_format: `text`, `json` or `verbose_json`")]
    [InlineData("response_format", "csv", "Input should be 'json', 'text', 'srt', 'verbose_json' or 'vtt'")]
    [InlineData("temperature", "hot", "temperature must be non-negative, got hot.")]
    [InlineData("max_completion_tokens", "0", "max_completion_tokens must be at least 1, got 0.")]
    [InlineData("model", "qwen2.5-14b", "The model does not support Transcriptions API")]
    public async Task What_voxtral_does_not_do_is_answered_400(string field, string value, string message)
    {
        await using var server = await StartAsync();
        await ChatRefusalTests.AssertRefusedAsync(await server.TranscribeAsync(Wav.Sample(), (field, value)), HttpStatusCode.BadRequest, message, "BadRequestError", field);
    }

    [Fact]
    public async Task A_regional_language_is_refused_with_the_list_of_languages()
    {
        await using var server = await StartAsync();
        using var response = await server.TranscribeAsync(Wav.Sample(), ("language", "en-US"));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("Unsupported language: 'en-US'.  Must be one of ['af', ", await response.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_than_25_megabytes_are_refused_with_their_size()
    {
        await using var server = await StartAsync();
        await ChatRefusalTests.AssertRefusedAsync(
            await server.TranscribeAsync(new byte[28 * 1024 * 1024]),
            HttpStatusCode.BadRequest,
            "Maximum file size exceeded (parameter=audio_filesize_mb, value=28.0)",
            "BadRequestError",
            null);
    }

    [Fact]
    public async Task More_than_ten_minutes_are_refused_with_their_length()
    {
        await using var server = await StartAsync();
        await ChatRefusalTests.AssertRefusedAsync(
            await server.TranscribeAsync(Wav.Tone(601)),
            HttpStatusCode.BadRequest,
            "Audio exceeds maximum allowed duration of 600s (metadata reports 601.0s). Set VLLM_MAX_AUDIO_DECODE_DURATION_S to increase this limit.",
            "BadRequestError",
            null);
    }

    [Theory]
    [MemberData(nameof(Unreadable))]
    public async Task What_is_no_wav_file_is_refused(byte[] audio)
    {
        await using var server = await StartAsync();
        await ChatRefusalTests.AssertRefusedAsync(
            await server.TranscribeAsync(audio), HttpStatusCode.BadRequest, "Invalid or unsupported audio file.", "BadRequestError", null);
    }

    public static TheoryData<byte[]> Unreadable() =>
        new(Array.Empty<byte>(), "ID3 not a wave file"u8.ToArray(), Wav.Sample()[..12], Wav.Sample()[..40], [.. Wav.Sample()[..20], .. new byte[200]]);

    [Fact]
    public async Task A_missing_file_is_named()
    {
        await using var server = await StartAsync();
        using var form = new MultipartFormDataContent { { new StringContent("json"), "response_format" } };
        await ChatRefusalTests.AssertRefusedAsync(
            await server.Http.PostAsync("/v1/audio/transcriptions", form, Cancelled), HttpStatusCode.BadRequest, "Field required", "BadRequestError", "file");
        using var json = JsonContent.Create(new { file = "x" });
        await ChatRefusalTests.AssertRefusedAsync(
            await server.Http.PostAsync("/v1/audio/transcriptions", json, Cancelled), HttpStatusCode.BadRequest, "Field required", "BadRequestError", "file");
    }

    [Fact]
    public async Task The_log_keeps_the_form_and_not_the_audio()
    {
        await using var server = await StartAsync();
        using var response = await server.TranscribeAsync(Wav.Sample(), ("prompt", "names: Ann"), ("language", "en"));
        var record = Assert.Single(await server.RequestsAsync());
        Assert.Equal("""{"prompt":"names: Ann","language":"en"}""", record.GetProperty("form").GetRawText());
        Assert.Equal(JsonValueKind.Null, record.GetProperty("body").ValueKind);
    }
}
