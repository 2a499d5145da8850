using AiPlatform.TranscriptionWorker.Audio;

namespace AiPlatform.TranscriptionWorker.Tests.Audio;

/// <summary>WAV files of every kind become the samples that they hold.</summary>
public sealed class DecodingTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 8, 0.01, "pcm_u8")]
    [InlineData(1, 16, 0.0001, "pcm_s16le")]
    [InlineData(1, 24, 0.0001, "pcm_s24le")]
    [InlineData(1, 32, 0.0001, "pcm_s32le")]
    [InlineData(3, 32, 0.0001, "pcm_f32le")]
    [InlineData(3, 64, 0.0001, "pcm_f64le")]
    [InlineData(6, 8, 0.02, "pcm_alaw")]
    [InlineData(7, 8, 0.02, "pcm_mulaw")]
    public async Task Every_encoding_gives_the_samples_it_holds(int tag, int bits, double tolerance, string codec)
    {
        await using var host = new AudioHost();
        float[][] channels = [Sound.Sine(0.5, 400), Sound.Sine(0.5, 1000, 0.25)];

        foreach (var format in new[] { Wav.Format(tag, 2, 16_000, bits), Wav.Extensible(tag, 2, 16_000, bits) })
        {
            await using var audio = await host.PrepareAsync(Wav.File(format, Sound.Bytes(tag, bits, channels)));
            var samples = await SamplesAsync(audio, 0);

            Assert.Equal((2, 16_000, codec, 0.5), (audio.Facts.Channels, audio.Facts.SampleRate, audio.Facts.Codec, audio.Facts.Duration));
            Assert.Equal(8000, samples.Length);
            Assert.All(samples.Zip(channels[0]), pair => Assert.Equal(pair.Second, pair.First, tolerance));
            Assert.Empty(audio.Warnings);
        }
    }

    [Theory]
    [InlineData(1, 16)]
    [InlineData(1, 24)]
    [InlineData(3, 64)]
    [InlineData(6, 8)]
    [InlineData(7, 8)]
    public async Task The_second_channel_is_not_the_first(int tag, int bits)
    {
        await using var host = new AudioHost();
        float[][] channels = [Sound.Speech(2, 1), Sound.Speech(2, 2)];
        await using var audio = await host.PrepareAsync(Sound.File(tag, bits, 16_000, channels));

        for (var track = 0; track < 2; track++)
        {
            var samples = await SamplesAsync(audio, track);
            Assert.All(samples.Zip(channels[track]), pair => Assert.Equal(pair.Second, pair.First, 0.02));
        }
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(7999)]
    [InlineData(8000)]
    [InlineData(11_025)]
    [InlineData(22_050)]
    [InlineData(32_000)]
    [InlineData(44_100)]
    [InlineData(48_000)]
    [InlineData(96_000)]
    public async Task Every_rate_is_brought_to_that_of_the_models_without_delay(int rate)
    {
        await using var host = new AudioHost();
        var hertz = rate < 4000 ? 100 : 1000;
        await using var audio = await host.PrepareAsync(Sound.File(rate, Sound.Sine(1, hertz, rate: rate)));
        var (samples, wanted) = (await SamplesAsync(audio, 0), Sound.Sine(1, hertz));

        Assert.Equal(16_000, samples.Length);
        Assert.Equal(rate, audio.Facts.SampleRate);
        // At the edges the sine begins and ends, which is not in the wanted one.
        var edge = 16_000 / Math.Min(rate, 16_000) * 40;
        for (var i = edge; i < samples.Length - edge; i++)
        {
            Assert.Equal(wanted[i], samples[i], 0.003);
        }
    }

    [Theory]
    [InlineData(44_100, 10_000)]
    [InlineData(48_000, 8600)]
    [InlineData(96_000, 15_000)]
    public async Task What_the_models_rate_cannot_hold_is_left_out_and_comes_back_nowhere(int rate, double hertz)
    {
        await using var host = new AudioHost();
        await using var audio = await host.PrepareAsync(Sound.File(rate, Sound.Sine(1, hertz, rate: rate)));

        Assert.InRange(audio.LevelDb(0, SampleRange.OfSeconds(0.1, 0.9)), -100, -70);
    }

    [Fact]
    public async Task Samples_that_need_no_change_are_not_changed_and_clips_are_files_of_them()
    {
        await using var host = new AudioHost();
        var given = Sound.Speech(2);
        await using var audio = await host.PrepareAsync(Sound.File(16_000, given));
        var clip = await audio.ReadWavAsync(0, new SampleRange(1000, 20_000), Ct);
        await using var again = await host.PrepareAsync(clip);

        Assert.Equal(44 + 38_000, clip.Length);
        Assert.Equal(
            Sound.Bytes(1, 16, given)[2000..40_000], System.Runtime.InteropServices.MemoryMarshal.AsBytes<short>(
                await again.ReadSamplesAsync(0, new SampleRange(0, long.MaxValue), Ct)).ToArray());
    }

    [Fact]
    public async Task Chunks_stand_in_any_order_and_notes_between_them_are_passed_over()
    {
        await using var host = new AudioHost();
        var (format, data) = (Wav.Chunk("fmt ", Wav.Format(1, 1, 16_000, 16)), Sound.Bytes(1, 16, Sound.Sine(1, 500)));
        byte[] note = [1, 2, 3];

        foreach (var file in new[]
        {
            Wav.Riff(Wav.Chunk("LIST", note), format, Wav.Chunk("fact", new byte[4]), Wav.Chunk("data", data), Wav.Chunk("LIST", note)),
            Wav.Riff(Wav.Chunk("data", data), Wav.Chunk("junk", note), format),
            Wav.Riff("RIFF", 0, format, Wav.Chunk("data", data, 0)),
            Wav.Riff("RIFF", uint.MaxValue, format, Wav.Chunk("data", data, uint.MaxValue)),
            Wav.Riff("RIFF", 0x7FFF_F024, format, Wav.Chunk("data", data, 0x7FFF_F000)),
            Wav.Riff("RF64", uint.MaxValue, Wav.Chunk("ds64", Wav.Bytes(0ul, (ulong)data.Length, 16_000ul, 0u)), format, Wav.Chunk("data", data, uint.MaxValue), Wav.Chunk("LIST", note)),
            Wav.Riff("BW64", uint.MaxValue, Wav.Chunk("ds64", Wav.Bytes(0ul, (ulong)data.Length, 16_000ul, 0u)), format, Wav.Chunk("data", data, uint.MaxValue), Wav.Chunk("LIST", note)),
        })
        {
            await using var audio = await host.PrepareAsync(file);

            Assert.Equal(data, System.Runtime.InteropServices.MemoryMarshal.AsBytes<short>(
                await audio.ReadSamplesAsync(0, new SampleRange(0, 16_000), Ct)).ToArray());
            Assert.Equal(1.0, audio.Facts.Duration);
            Assert.Empty(audio.Warnings);
        }
    }

    [Fact]
    public async Task Of_a_truncated_file_what_is_there_is_used_and_that_is_said()
    {
        await using var host = new AudioHost();
        var data = Sound.Bytes(1, 16, Sound.Speech(1));
        await using var audio = await host.PrepareAsync(Wav.Riff(Wav.Chunk("fmt ", Wav.Format(1, 1, 16_000, 16)), Wav.Chunk("data", data, 64_001)));

        Assert.Equal(1.0, audio.Facts.Duration);
        Assert.Equal(["The audio is truncated: its header announces 64,001 bytes of sound and 32,000 are there."], audio.Warnings);
    }

    [Fact]
    public async Task The_same_file_gives_the_same_plan_whatever_comes_between()
    {
        await using var host = new AudioHost();
        var call = Sound.File(7, 8, 8000, Sound.Join(Sound.Speech(20, 3, rate: 8000), Sound.Silence(2, 8000), Sound.Speech(25, 4, rate: 8000)));
        await using var first = await host.PrepareAsync(call);
        await using var other = await host.PrepareAsync(Sound.File(8000, Sound.Speech(3, rate: 8000)));
        await using var second = await host.PrepareAsync(call);

        Assert.Equal(first.Chunks, second.Chunks);
        Assert.Equal(first.Tracks[0].Speech, second.Tracks[0].Speech);
        Assert.Equal(2, first.Chunks.Count);
    }

    static async Task<float[]> SamplesAsync(PreparedAudio audio, int track) =>
        [.. (await audio.ReadSamplesAsync(track, new SampleRange(0, long.MaxValue), Ct)).Select(sample => sample / 32768f)];
}
