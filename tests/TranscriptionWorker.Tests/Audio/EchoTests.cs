using System.Runtime.InteropServices;
using AiPlatform.TranscriptionWorker.Audio;
using AiPlatform.TranscriptionWorker.Audio.Analysis;

namespace AiPlatform.TranscriptionWorker.Tests.Audio;

/// <summary>Two channels that hear each other, and two people who talk at once.</summary>
public sealed class EchoTests
{
    const int Rate = 8000;
    const int WavHeader = 44;

    /// <summary>Agent and customer in turns: 0 to 5 s, 6 to 11 s, 12 to 17 s.</summary>
    static float[] Agent => Sound.Join(Voice(5, 1), Sound.Silence(7, Rate), Voice(5, 2), Sound.Silence(1, Rate));

    static float[] Customer => Sound.Join(Sound.Silence(6, Rate), Voice(5, 3), Sound.Silence(7, Rate));

    [Theory]
    [InlineData(-12, 0)]
    [InlineData(-15, 0.05)]
    [InlineData(-20, 0.25)]
    [InlineData(-15, -0.05)]
    public async Task What_is_only_heard_through_from_the_other_channel_is_no_speech_and_is_not_sent(double db, double delay)
    {
        await using var host = new AudioHost();
        await using var audio = await host.PrepareAsync(Sound.File(
            Rate, Line(Sound.Sum(Agent, Echo(Customer, db, delay)), 1), Line(Sound.Sum(Customer, Echo(Agent, db, delay)), 2)));

        AssertSpeech(audio.Tracks[0], (0, 5), (12, 17));
        AssertSpeech(audio.Tracks[1], (6, 11));
        Assert.Equal(Levels.Least, await SentDbAsync(audio, 1, 1, 4));
        Assert.Equal(Levels.Least, await SentDbAsync(audio, 0, 7, 10));
        Assert.InRange(await SentDbAsync(audio, 0, 1, 4), -25, -10);
        Assert.InRange(await SentDbAsync(audio, 1, 7, 10), -25, -10);
    }

    [Theory]
    [InlineData(-9)]
    [InlineData(-12)]
    [InlineData(-18)]
    public async Task Of_two_who_talk_at_once_the_quiet_one_is_heard_too(double db)
    {
        await using var host = new AudioHost();
        await using var audio = await host.PrepareAsync(Sound.File(Rate, Line(Voice(20, 4), 1), Line(Echo(Voice(20, 5), db, 0), 2)));

        AssertSpeech(audio.Tracks[0], (0, 20));
        AssertSpeech(audio.Tracks[1], (0, 20));
        Assert.All(audio.Tracks, track => Assert.Empty(track.Echoes));
    }

    [Fact]
    public async Task A_quiet_voice_over_an_echo_is_kept()
    {
        var agent = Sound.Join(Voice(10, 6), Sound.Silence(2, Rate), Voice(10, 7), Sound.Silence(1, Rate));
        var customer = Sound.Join(Sound.Silence(14, Rate), Echo(Voice(5, 8), -12, 0), Sound.Silence(4, Rate));
        await using var host = new AudioHost();
        await using var audio = await host.PrepareAsync(
            Sound.File(Rate, Line(agent, 1), Line(Sound.Sum(customer, Echo(agent, -20, 0.05)), 2)));

        AssertSpeech(audio.Tracks[0], (0, 10), (12, 22));
        AssertSpeech(audio.Tracks[1], (14, 19));
    }

    [Fact]
    public async Task A_leg_on_which_only_the_other_is_heard_is_silent()
    {
        await using var host = new AudioHost();
        await using var audio = await host.PrepareAsync(Sound.File(Rate, Line(Agent, 1), Line(Echo(Agent, -15, 0.05), 2)));

        Assert.Equal([1], audio.Facts.SilentChannels);
        Assert.Equal([0], audio.Tracks.Select(track => track.Channel));
        AssertSpeech(audio.Tracks[0], (0, 5), (12, 17));
    }

    /// <summary>Syllables of no two the same length and loudness, as nobody else's.</summary>
    static float[] Voice(double seconds, int seed)
    {
        var random = new Random(seed);
        List<float> samples = [];
        while (samples.Count < seconds * Rate)
        {
            var size = 0.15 + (random.NextDouble() * 0.35);
            samples.AddRange(Enumerable.Range(0, random.Next(Rate / 12, Rate / 4)).Select(_ => (float)(((random.NextDouble() * 2) - 1) * size)));
            samples.AddRange(new float[random.Next(Rate / 50, Rate / 8)]);
        }
        return [.. samples.Take((int)(seconds * Rate))];
    }

    /// <param name="delay">Seconds; less than none where the channel was recorded ahead.</param>
    static float[] Echo(float[] voice, double db, double delay)
    {
        var late = (int)(delay * Rate);
        var factor = (float)Math.Pow(10, db / 20);
        return [.. voice.Select((_, i) => i - late >= 0 && i - late < voice.Length ? voice[i - late] * factor : 0)];
    }

    /// <summary>With the noise of a line, 50 dB under full scale.</summary>
    static float[] Line(float[] sound, int seed)
    {
        var random = new Random(seed);
        return [.. sound.Select(sample => sample + (float)(((random.NextDouble() * 2) - 1) * 0.0055))];
    }

    static async Task<double> SentDbAsync(PreparedAudio audio, int track, double start, double end)
    {
        var wav = await audio.ReadWavAsync(track, SampleRange.OfSeconds(start, end), TestContext.Current.CancellationToken);
        var samples = MemoryMarshal.Cast<byte, short>(wav.AsSpan(WavHeader)).ToArray();
        return Levels.Of(samples.Average(sample => Math.Pow(sample / 32768.0, 2)));
    }

    /// <summary>Padding of 100 ms and a syllable's rest aside.</summary>
    static void AssertSpeech(SpeechTrack track, params (double Start, double End)[] wanted)
    {
        var found = string.Join(", ", track.Speech.Select(range => FormattableString.Invariant($"{range.StartSeconds:0.00}–{range.EndSeconds:0.00}")));
        Assert.True(
            track.Speech.Count == wanted.Length && track.Speech.Zip(wanted).All(pair =>
                Math.Abs(pair.First.StartSeconds - pair.Second.Start) < 0.3 && Math.Abs(pair.First.EndSeconds - pair.Second.End) < 0.3),
            $"Channel {track.Channel}: {found}");
    }
}
