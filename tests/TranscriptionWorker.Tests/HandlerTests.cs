using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.Testing;
using AiPlatform.WorkerRuntime;

namespace AiPlatform.TranscriptionWorker.Tests;

/// <summary>A job from its input to its result, on the simulated model server.</summary>
public sealed class HandlerTests
{
    const string Model = "mistralai/Voxtral-Small-24B-2507";

    [Fact]
    public async Task A_spoken_sample_becomes_text_and_segments()
    {
        await using var simulator = await Simulator.StartAsync();
        await using var worker = new HandlerHost(new() { VoxtralBaseUrl = simulator.Address });

        var result = await worker.ResultAsync(Base64(Wav.Call, ("language", "en-US")));

        Assert.Equal(3.693, result.Duration);
        Assert.Equal("Simulated transcript of 3.7 seconds of audio.", result.Text);
        Assert.Equal([new TranscriptSegment(0, 3.693, result.Text, "SPEAKER_00")], result.Segments);
        Assert.True(result.ApproximateTimes);
        Assert.Equal(("en", Model, "voxtral"), (result.Language, result.Model, result.Provider));
        Assert.Equal("""{"type":"duration","seconds":4}""", result.Usage?.GetRawText());
        Assert.Empty(result.Warnings);
        Assert.InRange(result.DurationMs, 0, 30_000);
    }

    [Fact]
    public async Task A_longer_one_is_cut_into_sentences_that_fill_its_time()
    {
        await using var simulator = await Simulator.StartAsync();
        await using var worker = new HandlerHost(new() { VoxtralBaseUrl = simulator.Address });

        var result = await worker.ResultAsync(Base64(Wav.Tone(30)));

        Assert.InRange(result.Segments.Count, 3, 20);
        Assert.Equal((0.0, 30.0), (result.Segments[0].Start, result.Segments[^1].End));
        Assert.All(result.Segments.Zip(result.Segments.Skip(1)), pair => Assert.Equal(pair.First.End, pair.Second.Start));
        Assert.All(result.Segments, segment => Assert.True(segment.Start < segment.End));
        Assert.Equal(result.Text, string.Join(' ', result.Segments.Select(segment => segment.Text)));
    }

    [Fact]
    public async Task Silence_is_no_text()
    {
        await using var simulator = await Simulator.StartAsync();
        await using var worker = new HandlerHost(new() { VoxtralBaseUrl = simulator.Address });

        var result = await worker.ResultAsync(Base64(Wav.Silence(5)));

        Assert.Equal(("", 0, false, 5.0), (result.Text, result.Segments.Count, result.ApproximateTimes, result.Duration));
    }

    [Fact]
    public async Task A_data_URL_and_line_breaks_are_taken_as_base64()
    {
        await using var simulator = await Simulator.StartAsync();
        await using var worker = new HandlerHost(new() { VoxtralBaseUrl = simulator.Address });
        var text = "data:audio/x-wav;base64," + Convert.ToBase64String(Wav.Call, Base64FormattingOptions.InsertLineBreaks);

        Assert.Equal(3.693, (await worker.ResultAsync(JsonSerializer.SerializeToElement(new { audio_base64 = text }))).Duration);
    }

    [Fact]
    public async Task Audio_comes_from_where_the_job_says()
    {
        await using var simulator = await Simulator.StartAsync();
        await using var store = await ScriptedServer.AnsweringAsync(200, Wav.Call);
        await using var worker = new HandlerHost(
            new() { VoxtralBaseUrl = simulator.Address, AllowedHosts = [$"127.0.0.1:{store.Address.Port}"] });

        Assert.Equal(3.693, (await worker.ResultAsync(JsonSerializer.SerializeToElement(new { audio_url = $"{store.Address}call.wav" }))).Duration);
    }

    [Theory]
    [InlineData("from the job", null, "from the job")]
    [InlineData(null, "from the settings", "from the settings")]
    [InlineData("from the job", "from the settings", "from the job")]
    public async Task A_prompt_is_sent_and_the_result_says_that_Voxtral_makes_no_use_of_it(string? ofJob, string? ofSettings, string sent)
    {
        await using var simulator = await Simulator.StartAsync();
        await using var worker = new HandlerHost(new() { VoxtralBaseUrl = simulator.Address, Prompt = ofSettings });

        var result = await worker.ResultAsync(ofJob is null ? Base64(Wav.Call) : Base64(Wav.Call, ("prompt", ofJob)));

        Assert.Equal(["The prompt was sent, but transcription on voxtral makes no use of it."], result.Warnings);
        Assert.Contains($"\"{sent}\"", (await simulator.RequestsAsync()).GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhisperX_gives_real_times_and_speakers()
    {
        await using var server = await ScriptedServer.AnsweringAsync(
            200,
            """
            {"text":"Hello. Yes?","language":"en",
             "segments":[{"start":0.5,"end":1.2,"text":"Hello.","speaker":"SPEAKER_01"},{"start":1.9,"end":2.5,"text":"Yes?"}]}
            """);
        await using var worker = new HandlerHost(new() { WhisperXUrl = server.Address, Prompt = "Meier" });

        var result = await worker.ResultAsync(Base64(Wav.Call), "whisperx");

        Assert.Equal([new(0.5, 1.2, "Hello.", "SPEAKER_01"), new(1.9, 2.5, "Yes?", "SPEAKER_00")], result.Segments);
        Assert.Equal((false, "en", "whisperx", "whisperx"), (result.ApproximateTimes, result.Language, result.Model, result.Provider));
        Assert.Empty(result.Warnings);
    }

    [Fact]
    public void The_profile_whisperx_is_served_only_where_it_is_configured()
    {
        using var without = new HandlerHost(new() { VoxtralBaseUrl = new Uri("http://voxtral") });
        using var with = new HandlerHost(new() { WhisperXUrl = new Uri("http://whisperx") });

        Assert.Equal(["default", "voxtral-small"], without.Handler.ModelProfiles);
        Assert.Equal(["default", "voxtral-small", "whisperx"], with.Handler.ModelProfiles);
        Assert.Equal(["transcription", "transcribe"], with.Handler.TaskTypes);
    }

    [Theory]
    [InlineData("default", false, "No provider is configured for the profile 'default': set VOXTRAL_BASE_URL or WHISPERX_URL.")]
    [InlineData("voxtral-small", true, "No provider is configured for the profile 'voxtral-small': set VOXTRAL_BASE_URL.")]
    public async Task Without_a_provider_a_job_is_told_what_to_set(string profile, bool whisperX, string message)
    {
        await using var worker = new HandlerHost(whisperX ? new() { WhisperXUrl = new Uri("http://whisperx") } : new());

        Assert.Equal(
            new AttemptOutcome.Failed(new JobError("provider_unconfigured", message)), await worker.RunAsync(Base64(Wav.Call), profile));
    }

    public static TheoryData<string, string, string> BadInputs => new()
    {
        { "{}", "invalid_input", "Neither audio_url nor audio_base64 is given; give one of them." },
        { """{"audio_base64":"***"}""", "invalid_input", "audio_base64 is not base64." },
        { """{"audio_base64":""}""", "audio_unreadable", "The audio is empty: it has 0 bytes." },
        { """{"audio_base64":"SUQzBAA="}""", "audio_unreadable", "The audio is MP3; a WAV file is accepted." },
        { """{"audio_url":"http://localhost:1/a.wav"}""", "invalid_input",
            "audio_url has the port 1; only 80 and 443 are allowed. For a store of your own, put localhost:1 into AUDIO_URL_ALLOWED_HOSTS." },
        { """{"audio_url":"http://localhost/a.wav"}""", "invalid_input",
            "audio_url leads to localhost, which is not a public address (private, loopback, link-local or reserved). "
            + "For a store of your own, put localhost into AUDIO_URL_ALLOWED_HOSTS." },
    };

    [Theory, MemberData(nameof(BadInputs))]
    public async Task Bad_input_never_reaches_the_provider(string input, string category, string message)
    {
        await using var simulator = await Simulator.StartAsync();
        await using var worker = new HandlerHost(new() { VoxtralBaseUrl = simulator.Address });

        Assert.Equal(new AttemptOutcome.Failed(new JobError(category, message)), await worker.RunAsync(JsonElement.Parse(input)));
        Assert.DoesNotContain("transcriptions", (await simulator.RequestsAsync()).GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Audio_over_the_limit_is_refused()
    {
        await using var worker = new HandlerHost(new() { VoxtralBaseUrl = new Uri("http://voxtral"), MaxMegabytes = 1 });

        foreach (var (size, shown) in new[] { ((1024 * 1024) + 1, "1.0"), (3 * 1024 * 1024, "3.0") })
        {
            var failed = Assert.IsType<AttemptOutcome.Failed>(await worker.RunAsync(Base64(new byte[size])));
            Assert.Equal(
                new JobError("audio_unreadable", $"The audio has {shown} MiB; at most 1 MiB (AUDIO_MAX_MB) are accepted."),
                failed.Error);
        }
    }

    [Fact]
    public async Task Audio_longer_than_the_server_takes_is_refused_in_its_words()
    {
        await using var simulator = await Simulator.StartAsync();
        await using var worker = new HandlerHost(new() { VoxtralBaseUrl = simulator.Address });

        var failed = Assert.IsType<AttemptOutcome.Failed>(await worker.RunAsync(Base64(Wav.Silence(601, 1000))));

        Assert.Equal("provider_rejected", failed.Error.Category);
        Assert.Contains("Audio exceeds maximum allowed duration of 600s", failed.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Audio_that_a_store_cannot_give_now_is_tried_again()
    {
        await using var store = await ScriptedServer.AnsweringAsync(503, "");
        await using var worker = new HandlerHost(
            new() { VoxtralBaseUrl = new Uri("http://voxtral"), AllowedHosts = [$"127.0.0.1:{store.Address.Port}"] });

        Assert.Equal(
            new AttemptOutcome.Failed(new JobError("audio_unreadable", "127.0.0.1 answered audio_url with HTTP 503."), new FailOptions(Retry: true)),
            await worker.RunAsync(JsonSerializer.SerializeToElement(new { audio_url = store.Address })));
    }

    [Fact]
    public async Task Calls_are_measured_and_reported()
    {
        await using var server = await ScriptedServer.AnsweringAsync(503, "", headers: ("Retry-After", "7"));
        await using var worker = new HandlerHost(new() { VoxtralBaseUrl = server.Address });
        using var metrics = new MeterRecorder(TranscriptionTelemetry.Name, worker.Meters);

        var failed = Assert.IsType<AttemptOutcome.Failed>(await worker.RunAsync(Base64(Wav.Tone(2))));

        Assert.Equal(new FailOptions(Pause: TimeSpan.FromSeconds(7)), failed.Options);
        var audio = Assert.Single(metrics.Of("aiplatform.transcription.audio.duration"));
        Assert.Equal(("s", 2.0, "voxtral"), (audio.Unit, audio.Value, audio.Tags["provider"]));
        Assert.Equal(1, metrics.Sum("aiplatform.provider.errors", ("provider", "voxtral"), ("error.category", "provider_error")));
        var call = Assert.Single(metrics.Of("gen_ai.client.operation.duration"));
        Assert.Equal(("s", "transcription", "503"), (call.Unit, call.Tags["gen_ai.operation.name"], call.Tags["error.type"]));
        var report = Assert.Single(worker.Handler.ProviderReports());
        Assert.Equal(
            ("voxtral", true, Model, "provider_error", server.Address.ToString().TrimEnd('/')),
            (report.Name, report.Configured, report.Model, report.LastError, report.Endpoint));
    }

    static JsonElement Base64(byte[] audio, params (string Name, string Value)[] others) => JsonSerializer.SerializeToElement(
        others.Append(("audio_base64", Convert.ToBase64String(audio))).ToDictionary(field => field.Item1, field => field.Item2));
}
