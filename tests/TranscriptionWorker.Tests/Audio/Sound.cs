using System.Buffers.Binary;
using System.Numerics;

namespace AiPlatform.TranscriptionWorker.Tests.Audio;

/// <summary>Sound of known content, as samples from -1 to 1, and files of it.</summary>
static class Sound
{
    public static float[] Sine(double seconds, double hertz, double size = 0.5, int rate = 16_000) =>
        Make(seconds, rate, time => size * Math.Sin(2 * Math.PI * hertz * time));

    public static float[] Silence(double seconds, int rate = 16_000) => new float[(int)Math.Round(seconds * rate)];

    /// <summary>As loud and as restless as a voice: four syllables of noise a second, with short rests between.</summary>
    public static float[] Speech(double seconds, int seed = 1, double size = 0.3, int rate = 16_000)
    {
        var random = new Random(seed);
        return Make(seconds, rate, time => ((random.NextDouble() * 2) - 1) * size * (time % 0.25 < 0.19 ? 1 : 0.003));
    }

    public static float[] Sum(params float[][] parts) => [.. parts[0].Select((_, i) => parts.Sum(part => part[i]))];

    public static float[] Scale(float[] samples, double factor) => [.. samples.Select(sample => (float)(sample * factor))];

    public static float[] Join(params float[][] parts) => [.. parts.SelectMany(part => part)];

    /// <summary>A plain file of 16 bits.</summary>
    public static byte[] File(int rate, params float[][] channels) => File(1, 16, rate, channels);

    public static byte[] File(int tag, int bits, int rate, params float[][] channels) =>
        Wav.File(Wav.Format(tag, channels.Length, rate, bits), Bytes(tag, bits, channels));

    public static byte[] Bytes(int tag, int bits, params float[][] channels)
    {
        var size = bits / 8;
        var bytes = new byte[channels[0].Length * channels.Length * size];
        for (var i = 0; i < bytes.Length / size; i++)
        {
            Write(bytes.AsSpan(i * size), tag, bits, channels[i % channels.Length][i / channels.Length]);
        }
        return bytes;
    }

    static void Write(Span<byte> to, int tag, int bits, float sample)
    {
        switch (tag, bits)
        {
            case (6, _):
                to[0] = ALaw((short)(sample * 32767));
                break;
            case (7, _):
                to[0] = MuLaw((short)(sample * 32767));
                break;
            case (3, 32):
                BinaryPrimitives.WriteSingleLittleEndian(to, sample);
                break;
            case (3, _):
                BinaryPrimitives.WriteDoubleLittleEndian(to, sample);
                break;
            case (_, 8):
                to[0] = (byte)(128 + Math.Round(sample * 127));
                break;
            case (_, 16):
                BinaryPrimitives.WriteInt16LittleEndian(to, (short)Math.Round(sample * 32767));
                break;
            default:
                Span<byte> wide = stackalloc byte[4];
                BinaryPrimitives.WriteInt32LittleEndian(wide, (int)(sample * (double)int.MaxValue));
                wide[(4 - (bits / 8))..].CopyTo(to);
                break;
        }
    }

    // Encoders as in ITU-T G.711, by segments and not by a search of the decoder's table.
    static byte MuLaw(short sample)
    {
        const int Bias = 0x84;
        var size = Math.Min(Math.Abs((int)sample), 32635) + Bias;
        var segment = BitOperations.Log2((uint)size) - 7;
        return (byte)~((sample < 0 ? 0x80 : 0) | (segment << 4) | ((size >> (segment + 3)) & 0x0F));
    }

    static byte ALaw(short sample)
    {
        var size = Math.Abs((int)sample);
        var segment = size < 256 ? 0 : BitOperations.Log2((uint)size) - 7;
        var code = (segment << 4) | ((size >> (segment == 0 ? 4 : segment + 3)) & 0x0F);
        return (byte)((code | (sample < 0 ? 0 : 0x80)) ^ 0x55);
    }

    static float[] Make(double seconds, int rate, Func<double, double> at) =>
        [.. Enumerable.Range(0, (int)Math.Round(seconds * rate)).Select(i => (float)at((double)i / rate))];
}
