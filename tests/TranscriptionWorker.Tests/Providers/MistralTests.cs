using System.Text;
using AiPlatform.TranscriptionWorker.Providers;

namespace AiPlatform.TranscriptionWorker.Tests.Providers;

/// <summary>Mistral's own API, as the simulator and its papers have it.</summary>
public sealed class MistralTests
{
    [Fact]
    public async Task It_tells_segments_and_speakers()
    {
        await using var simulator = await Simulator.StartAsync();
        await simulator.PostAsync("/admin/transcripts", new
        {
            segments = new object[] { new { start = 0.5, end = 1.5, text = "Hello.", speaker = "speaker_1" }, new { start = 2, end = 3, text = "Yes?" } },
        });

        var answer = (await Call.WithAsync(Mistral(simulator.Address), Call.Clip(language: "en", diarize: true))).Answer();

        Assert.Equal("Hello. Yes?", answer.Text);
        Assert.Equal([new(0.5, 1.5, "Hello.", "speaker_1"), new(2, 3, "Yes?", null)], answer.Segments);
        Assert.Equal((null, 4.0, "transcription"), (answer.Language, answer.BilledSeconds, answer.Mode));
        var form = Assert.Single((await simulator.RequestsAsync()).GetProperty("requests").EnumerateArray()).GetProperty("form");
        Assert.Equal(
            """{"model":"voxtral-mini-latest","language":"en","timestamp_granularities[]":"segment","diarize":"true"}""", form.GetRawText());
    }

    [Fact]
    public async Task It_has_no_use_for_a_prompt_and_the_answer_says_so()
    {
        await using var simulator = await Simulator.StartAsync();

        var answer = (await Call.WithAsync(Mistral(simulator.Address), Call.Clip(prompt: "Names: Ann"))).Answer();

        Assert.Equal(["The prompt had no effect: Mistral's transcription takes none."], answer.Warnings);
        Assert.DoesNotContain("Ann", (await simulator.RequestsAsync()).GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_that_tells_no_times_is_asked_again_without()
    {
        var requests = 0;
        await using var server = await ScriptedServer.StartAsync(context =>
        {
            var (status, body) = Interlocked.Increment(ref requests) == 1
                ? (422, """{"detail":[{"type":"value_error","loc":["body"],"msg":"timestamp_granularities cannot be used here"}]}""")
                : (200, """{"text":"Hello.","segments":[]}""");
            return ScriptedServer.AnswerAsync(context, status, Encoding.UTF8.GetBytes(body), "application/json");
        });

        var answer = (await Call.WithAsync(new() { VoxtralBaseUrl = server.Address, VoxtralKind = VoxtralKind.Mistral }, Call.Clip(diarize: true))).Answer();

        Assert.Equal(("Hello.", 0), (answer.Text, answer.Segments.Count));
        Assert.Equal([true, false], server.Requests.Select(request => request.Body.Contains("diarize", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Its_flat_errors_are_read()
    {
        await using var simulator = await Simulator.StartAsync();
        await simulator.PostAsync("/admin/faults", new { fault = "status;code=429;retry_after=7;message=Slow down" });

        var failure = (await Call.WithAsync(Mistral(simulator.Address))).Failure();

        Assert.EndsWith("takes no more requests now (HTTP 429): Slow down", failure.Message, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(7), failure.Pause);
    }

    [Theory]
    [InlineData("https://api.mistral.ai", VoxtralKind.Auto, "voxtral-mini-latest", true)]
    [InlineData("https://api.mistral.ai/v1", VoxtralKind.Auto, "voxtral-mini-latest", true)]
    [InlineData("https://api.mistral.ai", VoxtralKind.Vllm, "mistralai/Voxtral-Small-24B-2507", false)]
    [InlineData("http://gpu-1:8000", VoxtralKind.Mistral, "voxtral-mini-latest", true)]
    [InlineData("http://gpu-1:8000", VoxtralKind.Auto, "mistralai/Voxtral-Small-24B-2507", false)]
    public void It_is_known_by_its_address_or_its_setting(string address, VoxtralKind kind, string model, bool isMistral)
    {
        var provider = ProviderChoice.Voxtral(new() { VoxtralBaseUrl = new Uri(address), VoxtralKind = kind });

        Assert.Equal((model, isMistral ? ServerKind.Mistral : ServerKind.Vllm), (provider?.Model, provider?.Kind));
    }

    [Fact]
    public void A_model_that_is_set_is_the_one() => Assert.Equal(
        "voxtral-small-latest",
        ProviderChoice.Voxtral(new() { VoxtralBaseUrl = new Uri("https://api.mistral.ai"), VoxtralModel = "voxtral-small-latest" })?.Model);

    static TranscriptionOptions Mistral(Uri simulator) => new() { VoxtralBaseUrl = new Uri(simulator, "/mistral"), VoxtralKind = VoxtralKind.Mistral };
}
