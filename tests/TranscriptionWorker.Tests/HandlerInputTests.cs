using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.Testing;
using AiPlatform.WorkerRuntime;
using static AiPlatform.TranscriptionWorker.Tests.HandlerHost;

namespace AiPlatform.TranscriptionWorker.Tests;

/// <summary>Where the audio of a job comes from, and what is refused.</summary>
public sealed class HandlerInputTests
{
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
            new() { VoxtralBaseUrl = simulator.Address }, new() { AllowedHosts = [$"127.0.0.1:{store.Address.Port}"] });

        Assert.Equal(3.693, (await worker.ResultAsync(JsonSerializer.SerializeToElement(new { audio_url = $"{store.Address}call.wav" }))).Duration);
    }

    [Fact]
    public async Task Audio_without_room_beside_that_of_others_waits_and_costs_no_attempt()
    {
        await using var simulator = await Simulator.StartAsync();
        await using var worker = new HandlerHost(new() { VoxtralBaseUrl = simulator.Address }, new() { MaxMegabytes = 1, TempMegabytes = 1 });
        using var meter = new MeterRecorder("AiPlatform.TranscriptionWorker", worker.Meters);
        using (var others = worker.Folder.Create())
        {
            await others.TryAppendAsync(new byte[(1024 * 1024) - 1000], TestContext.Current.CancellationToken);
            var released = Assert.IsType<AttemptOutcome.Released>(await worker.RunAsync(Base64(Wav.Call)));
            Assert.Equal((CancellationReason.NoRoom, TimeSpan.FromSeconds(20)), (released.Reason, released.Pause));
        }
        Assert.Equal(1, meter.Sum("aiplatform.transcription.audio.no_room"));

        Assert.Equal(3.693, (await worker.ResultAsync(Base64(Wav.Call))).Duration);
        // Half a MiB of µ-law becomes two: that does not fit however long it waits.
        var alone = await worker.RunAsync(Base64(Wav.File(Wav.Format(7, 1, 8000, 8), new byte[512 * 1024])));
        Assert.Equal("worker_error", Assert.IsType<AttemptOutcome.Failed>(alone).Error.Category);
    }

    public static TheoryData<string, string, string> BadInputs => new()
    {
        { "{}", "invalid_input", "input names no audio; give one of audio_url, audio_base64, audio_ref." },
        { """{"audio_base64":"***"}""", "invalid_input", "audio_base64 is not base64." },
        { """{"audio_base64":""}""", "audio_unreadable", "The audio is empty: it has 0 bytes." },
        { """{"audio_url":"http://localhost:1/a.wav"}""", "audio_url_forbidden",
            "audio_url has the port 1; only 80 and 443 are allowed. For a store of your own, put localhost:1 into AUDIO_URL_ALLOWED_HOSTS." },
        { """{"audio_url":"http://localhost/a.wav"}""", "audio_url_forbidden",
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
        await using var worker = new HandlerHost(new() { VoxtralBaseUrl = new Uri("http://voxtral") }, new() { MaxMegabytes = 1 });

        foreach (var (size, message) in new[]
        {
            ((1024 * 1024) + 1, "The audio has more than 1 MiB (AUDIO_MAX_MB), the most that is accepted."),
            (3 * 1024 * 1024, "The audio has 3.0 MiB; at most 1 MiB (AUDIO_MAX_MB) are accepted."),
        })
        {
            var failed = Assert.IsType<AttemptOutcome.Failed>(await worker.RunAsync(Base64(new byte[size])));
            Assert.Equal(new JobError("audio_unreadable", message), failed.Error);
        }
    }

    [Fact]
    public async Task Audio_that_a_store_cannot_give_now_is_tried_again()
    {
        await using var store = await ScriptedServer.AnsweringAsync(503, "");
        await using var worker = new HandlerHost(
            new() { VoxtralBaseUrl = new Uri("http://voxtral") }, new() { AllowedHosts = [$"127.0.0.1:{store.Address.Port}"] });

        Assert.Equal(
            new AttemptOutcome.Failed(new JobError("audio_unreadable", "127.0.0.1 answered audio_url with HTTP 503."), new FailOptions(Retry: true)),
            await worker.RunAsync(JsonSerializer.SerializeToElement(new { audio_url = store.Address })));
    }
}
