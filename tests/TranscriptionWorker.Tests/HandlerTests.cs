using System.Security.Cryptography;
using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.Testing;
using AiPlatform.TranscriptionWorker.Tests.Pipeline;
using AiPlatform.WorkerRuntime;
using static AiPlatform.TranscriptionWorker.Tests.HandlerHost;

namespace AiPlatform.TranscriptionWorker.Tests;

/// <summary>A job from its input to its result, on the simulated model server.</summary>
public sealed class HandlerTests
{
    const string Model = "mistralai/Voxtral-Small-24B-2507";

    // The simulator shows what it was sent up to 16 KiB.
    static readonly byte[] Short = Utterances.Wav(1, (0.3, 0));

    [Fact]
    public async Task A_spoken_sample_becomes_text_and_segments()
    {
        await using var simulator = await Simulator.StartAsync();
        await using var worker = new HandlerHost(new() { VoxtralBaseUrl = simulator.Address });

        var result = await worker.ResultAsync(Base64(Wav.Call, ("language", "en-US")));

        Assert.Equal(3.693, result.Duration);
        Assert.Matches(@"^Simulated transcript of \d\.\d seconds of audio\.$", result.Text);
        var segment = Assert.Single(result.Segments);
        Assert.Equal((result.Text, "SPEAKER_00", "vad", 0), (segment.Text, segment.Speaker, segment.Timing, segment.Id));
        Assert.True(segment.Start >= 0 && segment.Start < segment.End && segment.End <= result.Duration);
        Assert.Equal(("en", Model, "voxtral", "default"), (result.Language, result.Model, result.Provider, result.Profile));
        Assert.Equal(new TranscriptChunks(1, 1, 0), result.Chunks);
        Assert.Equal(new TranscriptAudio(1, 8000, "pcm_s16le", Sha256(Wav.Call), false), result.Audio);
        Assert.Equal((4, 1, 0), (result.Usage!.Seconds, result.Usage.Chunks, result.Usage.Retries));
        Assert.InRange(result.Usage.ProviderSeconds, 2, 4);
        Assert.Empty(result.Warnings);
    }

    [Fact]
    public async Task A_longer_one_is_cut_at_its_pauses_and_told_as_it_grows()
    {
        await using var simulator = await Simulator.StartAsync();
        await simulator.PostAsync("/admin/transcripts", new { words_per_second = 2.5 });
        await using var worker = new HandlerHost(new() { VoxtralBaseUrl = simulator.Address }, pipeline: new() { ChunkSeconds = 6 });

        var result = await worker.ResultAsync(Base64(Utterances.Wav(3, Enumerable.Repeat((4.0, 1.0), 12))));

        Assert.Equal(60, result.Duration);
        Assert.Equal(12, result.Segments.Count);
        Assert.All(result.Segments.Select((segment, place) => (segment, place)), pair =>
        {
            // The stretches of speech, to the half second that is promised.
            Assert.InRange(pair.segment.Start, (5 * pair.place) - 0.5, (5 * pair.place) + 0.5);
            Assert.InRange(pair.segment.End, (5 * pair.place) + 3.5, (5 * pair.place) + 4.5);
        });
        Assert.Equal(12, result.Chunks!.Total);
        Assert.Equal(result.Text, string.Join(' ', result.Segments.Select(segment => segment.Text)));
        Assert.Equal(result.Text, string.Join(' ', worker.Journal.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
        Assert.Equal(result.Chunks!.Total + 1, worker.Journal.Keys.Count());
        Assert.Equal(["fetching", "decoding", "transcribing", "merging"], worker.Journal.Progress.Select(progress => progress.Stage).Distinct());
        var last = worker.Journal.Progress.Last(progress => progress.Stage == "transcribing");
        Assert.Equal((100.0, 60.0, 0.0), (last.Percent, last.TranscribedUntil, last.EtaSeconds));
    }

    [Fact]
    public async Task Two_channels_are_two_speakers()
    {
        await using var simulator = await Simulator.StartAsync();
        await simulator.PostAsync("/admin/transcripts", new { words_per_second = 2.5 });
        await using var worker = new HandlerHost(new() { VoxtralBaseUrl = simulator.Address });
        var call = Utterances.Wav(
            Utterances.Samples(1, (3, 4), (3, 4)), [.. new short[4 * 8000], .. Utterances.Samples(2, (2, 5), (2, 1))]);

        var result = await worker.ResultAsync(JsonSerializer.SerializeToElement(
            new { audio_base64 = Convert.ToBase64String(call), channel_roles = (IEnumerable<string>)["agent", "customer"] }));

        Assert.Equal(
            ["SPEAKER_00", "SPEAKER_01", "SPEAKER_00", "SPEAKER_01"], result.Segments.Select(segment => segment.Speaker));
        Assert.All(result.Segments, segment => Assert.Equal("channel", segment.SpeakerSource));
        Assert.Equal(new TranscriptDiarization(true, "channel", "high"), result.Diarization);
        Assert.Equal(["agent", "customer"], result.Speakers.Select(speaker => speaker.Role));
    }

    [Fact]
    public async Task A_channel_on_which_nobody_speaks_is_told()
    {
        await using var simulator = await Simulator.StartAsync();
        await using var worker = new HandlerHost(new() { VoxtralBaseUrl = simulator.Address });

        var result = await worker.ResultAsync(Base64(Utterances.Wav(Utterances.Samples(1, (3, 1)), new short[8000])));

        Assert.Equal(["silent_channel: next to nobody was heard on channel 1, and it was not transcribed."], result.Warnings);
        Assert.All(result.Segments, segment => Assert.Equal(0, segment.Channel));
    }

    [Fact]
    public async Task Silence_is_never_sent()
    {
        await using var simulator = await Simulator.StartAsync();
        await using var worker = new HandlerHost(new() { VoxtralBaseUrl = simulator.Address });

        var result = await worker.ResultAsync(Base64(Wav.Silence(5)));

        Assert.Equal(("", 0, 0, 5.0), (result.Text, result.Segments.Count, result.Chunks!.Total, result.Duration));
        Assert.Equal(["no_speech: nobody was heard to speak."], result.Warnings);
        Assert.DoesNotContain("transcriptions", (await simulator.RequestsAsync()).GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("from the job", null, "from the job")]
    [InlineData(null, "from the settings", "from the settings")]
    [InlineData("from the job", "from the settings", "from the job")]
    public async Task A_prompt_is_heeded_in_a_chat(string? ofJob, string? ofSettings, string sent)
    {
        await using var simulator = await Simulator.StartAsync();
        await using var worker = new HandlerHost(new() { VoxtralBaseUrl = simulator.Address, Prompt = ofSettings });

        var result = await worker.ResultAsync(ofJob is null ? Base64(Short) : Base64(Short, ("prompt", ofJob)));

        Assert.StartsWith("Simulated", result.Text, StringComparison.Ordinal);
        Assert.Empty(result.Warnings);
        var request = Assert.Single((await simulator.RequestsAsync()).GetProperty("requests").EnumerateArray());
        Assert.Equal("/v1/chat/completions", request.GetProperty("path").GetString());
        Assert.Equal(sent, request.GetProperty("body").GetProperty("messages")[0].GetProperty("content")[1].GetProperty("text").GetString());
    }

    [Fact]
    public async Task Where_Voxtral_fails_WhisperX_transcribes()
    {
        await using var simulator = await Simulator.StartAsync();
        await simulator.PostAsync("/admin/faults", new { fault = "status;code=500" });
        await using var worker = new HandlerHost(
            new() { VoxtralBaseUrl = simulator.Address, WhisperXUrl = new Uri(simulator.Address, "/whisperx") }, pipeline: new() { ChunkTries = 1 });

        var result = await worker.ResultAsync(Base64(Wav.Call));

        Assert.Equal("whisperx", result.Provider);
        Assert.StartsWith("Simulated transcript of", result.Text, StringComparison.Ordinal);
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

        var result = await worker.ResultAsync(Base64(Utterances.Wav(1, (3, 0.5))), "whisperx");

        Assert.Equal(
            [(0.5, 1.2, "Hello.", "provider"), (1.9, 2.5, "Yes?", "provider")],
            result.Segments.Select(segment => (segment.Start, segment.End, segment.Text, segment.Timing)));
        Assert.Equal("provider", result.Diarization?.Method);
        Assert.Equal(("en", "whisperx", "whisperx"), (result.Language, result.Model, result.Provider));
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

    [Fact]
    public async Task Calls_are_measured_and_reported()
    {
        await using var server = await ScriptedServer.AnsweringAsync(503, "", headers: ("Retry-After", "7"));
        await using var worker = new HandlerHost(new() { VoxtralBaseUrl = server.Address }, pipeline: new() { ChunkTries = 1 });
        using var metrics = new MeterRecorder(TranscriptionTelemetry.Name, worker.Meters);

        var failed = Assert.IsType<AttemptOutcome.Failed>(await worker.RunAsync(Base64(Utterances.Wav(1, (2, 0)))));

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

    static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
