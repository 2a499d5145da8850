using AiPlatform.TranscriptionWorker.Audio;

namespace AiPlatform.TranscriptionWorker.Tests.Audio;

/// <summary>Which channels are transcribed for themselves, and where on them somebody speaks.</summary>
public sealed class ChannelTests
{
    const int Rate = 8000;

    static float[] Agent => Sound.Join(Speech(4, 1), Silence(6), Speech(4, 2));

    static float[] Customer => Sound.Join(Silence(5), Speech(4, 3), Silence(5));

    [Fact]
    public async Task Two_voices_on_two_channels_are_two_tracks()
    {
        await using var host = new AudioHost();
        await using var audio = await host.PrepareAsync(Sound.File(7, 8, Rate, Agent, Customer));

        Assert.Equal([0, 1], audio.Tracks.Select(track => track.Channel));
        Assert.Equal((false, 2, Rate, "pcm_mulaw", 14.0), (audio.Facts.DualMono, audio.Facts.Channels, audio.Facts.SampleRate, audio.Facts.Codec, audio.Facts.Duration));
        Assert.Empty(audio.Facts.SilentChannels);
        AssertSpeech(audio.Tracks[0], (0, 4), (10, 14));
        AssertSpeech(audio.Tracks[1], (5, 9));
        Assert.Equal([(0, 0), (1, 0), (0, 1)], audio.Chunks.Select(chunk => (chunk.Track, chunk.Index)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0.95)]
    public async Task One_recording_on_both_channels_is_one_track(double factor)
    {
        await using var host = new AudioHost();
        await using var audio = await host.PrepareAsync(Sound.File(Rate, Agent, Sound.Scale(Agent, factor)));

        Assert.Equal([(int?)null], audio.Tracks.Select(track => track.Channel));
        Assert.True(audio.Facts.DualMono);
    }

    [Fact]
    public async Task The_same_words_much_quieter_are_not_the_same_recording()
    {
        await using var host = new AudioHost();
        await using var audio = await host.PrepareAsync(Sound.File(Rate, Agent, Sound.Scale(Agent, 0.5)));

        Assert.Equal([0, 1], audio.Tracks.Select(track => track.Channel));
        Assert.False(audio.Facts.DualMono);
    }

    [Fact]
    public async Task A_leg_that_hears_the_other_one_as_loud_and_has_words_of_its_own_is_a_track()
    {
        await using var host = new AudioHost();
        await using var audio = await host.PrepareAsync(Sound.File(Rate, Agent, Sound.Sum(Agent, Customer)));

        Assert.Equal([0, 1], audio.Tracks.Select(track => track.Channel));
        Assert.False(audio.Facts.DualMono);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Of_a_call_with_a_silent_leg_the_other_is_the_track(int silent)
    {
        await using var host = new AudioHost();
        float[][] channels = [Agent, Agent];
        channels[silent] = Sound.Scale(Sound.Sine(14, 50, rate: Rate), 0.001);
        await using var audio = await host.PrepareAsync(Sound.File(Rate, channels));

        Assert.Equal([1 - silent], audio.Tracks.Select(track => track.Channel));
        Assert.Equal([silent], audio.Facts.SilentChannels);
        AssertSpeech(audio.Tracks[0], (0, 4), (10, 14));
        Assert.InRange(audio.LevelDb(0, SampleRange.OfSeconds(1, 3)), -20, -10);
        Assert.Equal(-100, audio.LevelDb(0, SampleRange.OfSeconds(5, 6)));
        Assert.Equal(-100, audio.LevelDb(0, SampleRange.OfSeconds(20, 21)));
    }

    [Fact]
    public async Task A_single_short_word_makes_a_leg_a_track()
    {
        await using var host = new AudioHost();
        await using var audio = await host.PrepareAsync(
            Sound.File(Rate, Sound.Join(Agent, Silence(60)), Sound.Join(Silence(4.5), Speech(0.6, 5), Silence(68.9))));

        Assert.Equal([0, 1], audio.Tracks.Select(track => track.Channel));
    }

    [Fact]
    public async Task More_than_two_channels_are_mixed_to_one_track()
    {
        await using var host = new AudioHost();
        await using var audio = await host.PrepareAsync(Sound.File(Rate, Agent, Customer, Silence(14)));

        Assert.Equal([(int?)null], audio.Tracks.Select(track => track.Channel));
        Assert.Equal(3, audio.Facts.Channels);
        AssertSpeech(audio.Tracks[0], (0, 4), (5, 9), (10, 14));
    }

    [Fact]
    public async Task Where_nobody_speaks_nothing_is_sent()
    {
        await using var host = new AudioHost();
        await using var audio = await host.PrepareAsync(Sound.File(Rate, Silence(3)));
        await using var hiss = await host.PrepareAsync(Sound.File(Rate, Noise(5, 0.02), Noise(5, 0.02, 2)));

        Assert.Equal([0], audio.Facts.SilentChannels);
        Assert.Empty(audio.Chunks);
        Assert.Single(audio.Tracks);
        Assert.Equal([0, 1], hiss.Facts.SilentChannels);
        Assert.Empty(hiss.Chunks);
    }

    public static TheoryData<string, float[]> Signals => new()
    {
        { "European ringing", Cadence(4, 1, 2, 425) },
        { "American ringing", Cadence(3, 2, 4, 440, 480) },
        { "busy", Cadence(8, 0.5, 0.5, 425) },
        { "a hold tone", Cadence(3, 1.3, 1, 1004) },
        { "fax", Cadence(2, 3, 1, 2100) },
        { "keys", Sound.Join([.. new[] { (697.0, 1209.0), (770, 1336), (852, 1477), (941, 1336) }
            .Select(key => Sound.Join(Sound.Sum(Sound.Sine(0.3, key.Item1, 0.2, Rate), Sound.Sine(0.3, key.Item2, 0.25, Rate)), Silence(0.2)))]) },
        { "clicks", Sound.Join([.. Enumerable.Range(0, 10).Select(i => Sound.Join(Speech(0.06, i), Silence(0.7)))]) },
    };

    [Theory, MemberData(nameof(Signals))]
    public async Task Signals_of_the_network_are_no_speech(string name, float[] signal)
    {
        await using var host = new AudioHost();
        await using var audio = await host.PrepareAsync(
            Sound.File(7, 8, Rate, Sound.Join(Silence(0.5), signal, Silence(1.5), Speech(3, 7), Silence(1))));
        var start = 2 + ((double)signal.Length / Rate);

        Assert.True(audio.Tracks[0].Speech.Count == 1, $"{name}: {string.Join(", ", audio.Tracks[0].Speech.Select(range => (range.StartSeconds, range.EndSeconds)))}");
        AssertSpeech(audio.Tracks[0], (start, start + 3));
    }

    [Fact]
    public async Task Speech_is_found_above_the_noise_of_a_line()
    {
        await using var host = new AudioHost();
        await using var audio = await host.PrepareAsync(Sound.File(Rate, Sound.Sum(Agent, Noise(14, 0.01))));

        AssertSpeech(audio.Tracks[0], (0, 4), (10, 14));
    }

    [Fact]
    public async Task The_spoken_sample_is_one_chunk()
    {
        await using var host = new AudioHost();
        await using var audio = await host.PrepareAsync(Wav.Call);

        var chunk = Assert.Single(audio.Chunks);
        Assert.InRange(chunk.Range.Seconds, 2.5, audio.Facts.Duration);
        Assert.Empty(audio.Facts.SilentChannels);
    }

    static float[] Speech(double seconds, int seed) => Sound.Speech(seconds, seed, rate: Rate);

    static float[] Silence(double seconds) => Sound.Silence(seconds, Rate);

    static float[] Noise(double seconds, double size, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, (int)(seconds * Rate)).Select(_ => (float)(((random.NextDouble() * 2) - 1) * size))];
    }

    static float[] Cadence(int times, double on, double off, params double[] hertz) => Sound.Join([.. Enumerable.Range(0, times)
        .Select(_ => Sound.Join(Sound.Sum([.. hertz.Select(pitch => Sound.Sine(on, pitch, 0.2, Rate))]), Silence(off)))]);

    /// <summary>Padding of 100 ms aside; a syllable ends 60 ms before its quarter of a second does.</summary>
    static void AssertSpeech(SpeechTrack track, params (double Start, double End)[] wanted)
    {
        Assert.Equal(wanted.Length, track.Speech.Count);
        Assert.All(track.Speech.Zip(wanted), pair =>
        {
            Assert.InRange(pair.First.StartSeconds, pair.Second.Start - 0.13, pair.Second.Start + 0.01);
            Assert.InRange(pair.First.EndSeconds, pair.Second.End - 0.1, pair.Second.End + 0.13);
        });
    }
}
