using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using static AiPlatform.ModelSimulator.Tests.SimulatorServer;

namespace AiPlatform.ModelSimulator.Tests;

/// <summary>The servers beside vLLM with Voxtral that transcribe, each with its quirks.</summary>
public sealed class TranscriptionServerTests
{
    static readonly string[] Routes = ["/v1/audio/transcriptions", "/speech-to-text", "/asr"];

    static readonly object Dialogue = new
    {
        segments = new object[]
        {
            new { start = 0.5, end = 1.5, text = "Hello there.", speaker = "SPEAKER_01" },
            new { start = 2, end = 3, text = "42 days." }
        },
        language = "de"
    };

    [Fact]
    public async Task Mistral_tells_segments_and_speakers()
    {
        await using var server = await StartAsync();
        await server.OrderAsync(Dialogue);

        var answer = await AskAsync(server, "/mistral/v1/audio/transcriptions", ("model", "voxtral-mini-latest"), ("diarize", "true"), ("timestamp_granularities[]", "segment"));

        Assert.Equal(
            """{"text":" Hello there.","start":0.5,"end":1.5,"speaker_id":"SPEAKER_01","type":"transcription_segment"}""",
            answer.GetProperty("segments")[0].GetRawText());
        Assert.False(answer.GetProperty("segments")[1].TryGetProperty("speaker_id", out _));
        Assert.Equal(
            ("voxtral-mini-latest", "Hello there. 42 days.", JsonValueKind.Null, 4),
            (answer.GetProperty("model").GetString(), answer.GetProperty("text").GetString(), answer.GetProperty("language").ValueKind,
                answer.GetProperty("usage").GetProperty("prompt_audio_seconds").GetInt32()));
    }

    [Fact]
    public async Task Mistral_tells_no_segments_unasked_and_no_speakers_without_them()
    {
        await using var server = await StartAsync();

        Assert.Equal("[]", (await AskAsync(server, "/mistral/v1/audio/transcriptions")).GetProperty("segments").GetRawText());
        using var refused = await server.SendAudioAsync("/mistral/v1/audio/transcriptions", "file", Wav.Tone(1), ("diarize", "true"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        Assert.Equal(
            """{"detail":[{"type":"value_error","loc":["body","diarize"],"msg":"diarize needs timestamp_granularities to be segment"}]}""",
            await refused.Content.ReadAsStringAsync(Cancelled));
    }

    [Theory]
    [InlineData("/mistral/v1/audio/transcriptions", """{"object":"error","message":"Busy","type":"invalid_request_error","param":null,"code":"1500"}""")]
    [InlineData("/whisperx/v1/audio/transcriptions", """{"detail":"Busy"}""")]
    [InlineData("/v1/audio/transcriptions", """{"error":{"message":"Busy","type":"ServiceUnavailableError","param":null,"code":503}}""")]
    public async Task An_error_has_the_form_of_its_server(string path, string body)
    {
        await using var server = await StartAsync();
        await server.ArmAsync("status;code=503;message=Busy");

        using var refused = await server.SendAudioAsync(path, "file", Wav.Tone(1));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, body), (refused.StatusCode, await refused.Content.ReadAsStringAsync(Cancelled)));
    }

    [Theory]
    [InlineData("true", JsonValueKind.Object)]
    [InlineData("false", JsonValueKind.Array)]
    public async Task WhisperX_wraps_the_segments_that_it_aligned(string align, JsonValueKind kind)
    {
        await using var server = await StartAsync();
        await server.OrderAsync(Dialogue);

        var answer = await AskAsync(server, "/whisperx/v1/audio/transcriptions", ("model", "large-v3"), ("response_format", "verbose_json"), ("align", align));

        Assert.Equal((kind, "de"), (answer.GetProperty("segments").ValueKind, answer.GetProperty("language").GetString()));
    }

    [Fact]
    public async Task WhisperX_leaves_out_speakers_and_times_it_does_not_know()
    {
        await using var server = await StartAsync();
        await server.OrderAsync(Dialogue);

        var answer = await AskAsync(server, "/whisperx/v1/audio/transcriptions", ("response_format", "verbose_json"), ("diarize", "true"));
        var segments = answer.GetProperty("segments").GetProperty("segments");

        Assert.Equal("SPEAKER_01", segments[0].GetProperty("speaker").GetString());
        Assert.False(segments[1].TryGetProperty("speaker", out _));
        Assert.Equal("""{"word":"42"}""", segments[1].GetProperty("words")[0].GetRawText());
    }

    [Fact]
    public async Task A_task_is_asked_for_again_until_it_is_done()
    {
        await using var server = await StartAsync();
        await server.OrderAsync(Dialogue);
        await server.ArmAsync("stall");
        var stalled = await AskAsync(server, "/whisperxtasks/speech-to-text?language=de&diarize=true");
        var done = await AskAsync(server, "/whisperxtasks/speech-to-text?language=de&diarize=true");

        var waiting = await TaskAsync(server, stalled);
        var task = await TaskAsync(server, done);

        Assert.Equal(("processing", JsonValueKind.Null), (waiting.GetProperty("status").GetString(), waiting.GetProperty("result").ValueKind));
        Assert.Equal(("completed", JsonValueKind.Null), (task.GetProperty("status").GetString(), task.GetProperty("error").ValueKind));
        Assert.Equal("SPEAKER_01", task.GetProperty("result").GetProperty("segments")[0].GetProperty("speaker").GetString());
        Assert.Equal("""{"language":"de","diarize":"true"}""", (await server.RequestsAsync())[^1].GetProperty("form").GetRawText());
    }

    [Fact]
    public async Task A_task_that_failed_says_why_and_one_that_is_not_there_is_not_found()
    {
        await using var server = await StartAsync();
        await server.ArmAsync("error;message=Out of memory");

        var task = await TaskAsync(server, await AskAsync(server, "/whisperxtasks/speech-to-text"));
        Assert.Equal(("failed", "Out of memory"), (task.GetProperty("status").GetString(), task.GetProperty("error").GetString()));
        using var missing = await server.Http.GetAsync("/whisperxtasks/task/none", Cancelled);
        Assert.Equal((HttpStatusCode.NotFound, """{"detail":"Identifier not found"}"""), (missing.StatusCode, await missing.Content.ReadAsStringAsync(Cancelled)));
    }

    [Fact]
    public async Task The_asr_web_service_says_of_its_JSON_that_it_is_text()
    {
        await using var server = await StartAsync();
        await server.OrderAsync(Dialogue);

        using var response = await server.SendAudioAsync("/whisperasr/asr?output=json&diarize=true", "audio_file", Wav.Tone(4));

        Assert.Equal("text/plain", response.Content.Headers.ContentType?.MediaType);
        var answer = JsonElement.Parse(await response.Content.ReadAsStringAsync(Cancelled));
        Assert.Equal("SPEAKER_01", answer.GetProperty("segments")[0].GetProperty("speaker").GetString());
        using var text = await server.SendAudioAsync("/whisperasr/asr", "audio_file", Wav.Tone(4));
        Assert.Equal("Hello there. 42 days.", await text.Content.ReadAsStringAsync(Cancelled));
    }

    [Theory]
    [InlineData("", JsonValueKind.String)]
    [InlineData("/openai", JsonValueKind.Number)]
    public async Task Whisper_tells_times_and_vLLM_its_length_as_text(string server, JsonValueKind duration)
    {
        await using var simulator = await StartAsync("SIMULATOR_AUDIO_MODELS=openai/whisper-large-v3");

        var answer = await AskAsync(simulator, server + "/v1/audio/transcriptions", ("response_format", "verbose_json"), ("language", "en"));

        Assert.Equal((duration, "en"), (answer.GetProperty("duration").ValueKind, answer.GetProperty("language").GetString()));
        Assert.Equal(" Simulated transcript of 4.0 seconds of audio.", answer.GetProperty("segments")[0].GetProperty("text").GetString());
    }

    [Fact]
    public async Task OpenAI_streams_events_of_its_own()
    {
        await using var server = await StartAsync();
        using var response = await server.SendAudioAsync("/openai/v1/audio/transcriptions", "file", Wav.Tone(4), ("stream", "true"));

        var events = (await Sse.ReadAsync(response)).Select(Sse.Json).ToList();

        Assert.Equal("transcript.text.done", events[^1].GetProperty("type").GetString());
        Assert.Equal("Simulated transcript of 4.0 seconds of audio.", string.Concat(events.SkipLast(1).Select(item => item.GetProperty("delta").GetString())));
    }

    [Theory]
    [InlineData("/vllm", "/v1/audio/transcriptions", false)]
    [InlineData("/whisperx", "/v1/audio/transcriptions", true)]
    [InlineData("/whisperxtasks", "/speech-to-text", false)]
    [InlineData("/whisperasr", "/asr", false)]
    public async Task A_server_says_which_it_is_and_has_no_other_route(string server, string route, bool diarizes)
    {
        await using var simulator = await StartAsync();

        var page = await simulator.Http.GetStringAsync(server + "/openapi.json", Cancelled);

        Assert.True(JsonElement.Parse(page).GetProperty("paths").TryGetProperty(route, out _));
        Assert.Equal(diarizes, page.Contains("diarize", StringComparison.Ordinal));
        foreach (var other in Routes.Where(other => other != route))
        {
            using var response = await simulator.SendAudioAsync(server + other, "file", Wav.Tone(1));
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        }
    }

    static async Task<JsonElement> AskAsync(SimulatorServer server, string path, params (string Name, string Value)[] fields)
    {
        using var response = await server.SendAudioAsync(path, "file", Wav.Tone(4), fields);
        Assert.True(response.IsSuccessStatusCode, $"{response.StatusCode}: {await response.Content.ReadAsStringAsync(Cancelled)}");
        return await response.Content.ReadFromJsonAsync<JsonElement>(Cancelled);
    }

    static Task<JsonElement> TaskAsync(SimulatorServer server, JsonElement started) =>
        server.Http.GetFromJsonAsync<JsonElement>($"/whisperxtasks/task/{started.GetProperty("identifier").GetString()}", Cancelled);
}
