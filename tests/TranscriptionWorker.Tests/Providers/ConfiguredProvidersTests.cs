using AiPlatform.Contracts;
using AiPlatform.Testing;
using AiPlatform.TranscriptionWorker.Providers;
using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.TranscriptionWorker.Tests.Providers;

/// <summary>Who transcribes for which job, and in which order.</summary>
public sealed class ConfiguredProvidersTests
{
    static readonly Uri Voxtral = new("http://voxtral");
    static readonly Uri WhisperX = new("http://whisperx");

    [Theory]
    [InlineData(null, null, true, "voxtral whisperx")]
    [InlineData("default", null, true, "voxtral whisperx")]
    [InlineData("default", null, false, "voxtral")]
    [InlineData("default", "whisperx", false, "whisperx")]
    [InlineData("voxtral-small", null, true, "voxtral whisperx")]
    [InlineData("voxtral-small", null, false, "voxtral")]
    [InlineData("voxtral-small", "voxtral", true, "voxtral")]
    [InlineData("whisperx", null, true, "whisperx")]
    [InlineData("whisperx", "voxtral", true, "")]
    [InlineData(null, "other", true, "")]
    public void A_profile_has_its_provider_and_those_to_fall_back_on(string? profile, string? wish, bool fallback, string names) =>
        Assert.Equal(names, Names(new() { VoxtralBaseUrl = Voxtral, WhisperXUrl = WhisperX, Fallback = fallback }, profile, wish));

    [Theory]
    [InlineData("default", "whisperx")]
    [InlineData("voxtral-small", "")]
    [InlineData("whisperx", "whisperx")]
    public void WhisperX_alone_does_not_stand_in_for_Voxtral(string profile, string names) =>
        Assert.Equal(names, Names(new() { WhisperXUrl = WhisperX }, profile, null));

    [Fact]
    public async Task One_that_asked_to_be_left_alone_comes_last_for_so_long()
    {
        var time = new ManualTimeProvider();
        await using var server = await ScriptedServer.AnsweringAsync(429, "{}", headers: ("Retry-After", "20"));
        using var call = new Call(new() { VoxtralBaseUrl = server.Address, WhisperXUrl = WhisperX }, time);

        await call.AskAsync();

        Assert.Equal("whisperx voxtral", Names(call));
        time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal("voxtral whisperx", Names(call));
    }

    [Fact]
    public void Failures_in_a_row_make_it_rest_for_longer_each_time()
    {
        var time = new ManualTimeProvider();
        var rest = new ProviderRest(time);
        var failure = new ProviderFailure(ErrorCategories.ProviderError, "It failed.", "500");

        List<double> rests = [];
        for (var count = 0; count < 8; count++)
        {
            rest.Called(failure);
            var seconds = 0;
            for (; rest.IsResting; seconds++)
            {
                time.Advance(TimeSpan.FromSeconds(1));
            }
            rests.Add(seconds);
        }
        Assert.Equal([0, 0, 5, 10, 20, 40, 60, 60], rests);

        rest.Called(null);
        rest.Called(failure);
        Assert.False(rest.IsResting);
    }

    [Fact]
    public void A_refusal_is_an_answer()
    {
        var rest = new ProviderRest(new ManualTimeProvider());

        for (var count = 0; count < 5; count++)
        {
            rest.Called(new ProviderFailure(ErrorCategories.ProviderRejected, "It refused.", "400"));
        }

        Assert.False(rest.IsResting);
    }

    [Theory]
    [InlineData("http://a", "http://a/v1", "http://a/")]
    [InlineData("http://a:8000/v1/", "http://a:8000/v1", "http://a:8000/")]
    [InlineData("http://a/v1/audio/transcriptions", "http://a/v1", "http://a/")]
    [InlineData("http://a/audio/transcriptions/", "http://a/v1", "http://a/")]
    [InlineData("http://a/speech/asr", "http://a/speech/v1", "http://a/speech")]
    [InlineData("http://user:pass@a/speech-to-text?x=1", "http://a/v1", "http://a/")]
    public void An_address_may_name_the_route(string address, string versioned, string root) => Assert.Equal(
        (new Uri(versioned), new Uri(root).AbsolutePath.TrimEnd('/')),
        (ServerAddress.Versioned(new Uri(address)), ServerAddress.Root(new Uri(address)).AbsolutePath.TrimEnd('/')));

    [Theory]
    [InlineData(1, 60)]
    [InlineData(28.4, 86)]
    [InlineData(600, 600)]
    public void A_clip_has_three_times_its_length_and_a_minute_at_the_least(double seconds, double budget)
    {
        using var patience = new ClipPatience(new(), seconds, TimeProvider.System, TestContext.Current.CancellationToken);

        Assert.Equal(TimeSpan.FromSeconds(budget), patience.Budget);
    }

    static string Names(TranscriptionOptions options, string? profile, string? wish)
    {
        using var call = new Call(options);
        return string.Join(' ', call.Providers.For(profile, wish).Select(transcriber => transcriber.Provider.Name));
    }

    static string Names(Call call) => string.Join(' ', call.Providers.For(null, null).Select(transcriber => transcriber.Provider.Name));

    [Fact]
    public void A_clip_in_a_servers_own_line_has_all_the_time_there_is()
    {
        var time = new ManualTimeProvider();
        using var patience = new ClipPatience(new() { Timeout = TimeSpan.FromMinutes(10) }, 30, time, TestContext.Current.CancellationToken);
        patience.Queued();
        time.Advance(TimeSpan.FromMinutes(9));
        Assert.False(patience.Token.IsCancellationRequested);
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("did not answer within 600 s (TRANSCRIPTION_TIMEOUT).", patience.Passed);
    }
}
