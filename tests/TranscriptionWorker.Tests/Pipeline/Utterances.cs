namespace AiPlatform.TranscriptionWorker.Tests.Pipeline;

/// <summary>Audio that counts as speech: noise with the rise and fall of syllables.</summary>
static class Utterances
{
    const int Rate = 8000;
    const double SyllablesPerSecond = 4;

    /// <summary>Stretches of speech with pauses between them: 16-bit PCM, mono, 8 kHz.</summary>
    public static byte[] Wav(int seed, params IEnumerable<(double Speech, double Pause)> stretches) => Mono(Samples(seed, stretches));

    /// <summary>Two channels, the shorter one silent at its end.</summary>
    public static byte[] Wav(short[] left, short[] right)
    {
        var frames = Math.Max(left.Length, right.Length);
        var bytes = new byte[frames * 4];
        for (var frame = 0; frame < frames; frame++)
        {
            BitConverter.TryWriteBytes(bytes.AsSpan(frame * 4), frame < left.Length ? left[frame] : (short)0);
            BitConverter.TryWriteBytes(bytes.AsSpan((frame * 4) + 2), frame < right.Length ? right[frame] : (short)0);
        }
        return Tests.Wav.File(Tests.Wav.Format(1, 2, Rate, 16), bytes);
    }

    public static short[] Samples(int seed, params IEnumerable<(double Speech, double Pause)> stretches)
    {
        var random = new Random(seed);
        var samples = new List<short>();
        foreach (var (speech, pause) in stretches)
        {
            var length = (int)(speech * Rate);
            for (var i = 0; i < length; i++)
            {
                var syllable = 0.6 + (0.4 * Math.Sin(2 * Math.PI * SyllablesPerSecond * i / Rate));
                samples.Add((short)(9000 * syllable * ((random.NextDouble() * 2) - 1)));
            }
            samples.AddRange(new short[(int)(pause * Rate)]);
        }
        return [.. samples];
    }

    static byte[] Mono(short[] samples)
    {
        var bytes = new byte[samples.Length * 2];
        Buffer.BlockCopy(samples, 0, bytes, 0, bytes.Length);
        return Tests.Wav.File(Tests.Wav.Format(1, 1, Rate, 16), bytes);
    }
}
