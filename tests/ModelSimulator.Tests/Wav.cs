using System.Text;

namespace AiPlatform.ModelSimulator.Tests;

/// <summary>Makes PCM files for tests.</summary>
static class Wav
{
    public static byte[] Tone(double seconds, int rate = 8000, int channels = 1) => Of(seconds, rate, channels, index => (short)(10_000 * Math.Sin(index / 4.0)));

    public static byte[] Silence(double seconds) => Of(seconds, 8000, 1, _ => 0);

    /// <summary>Tone and silence in turn, so many seconds each.</summary>
    public static byte[] Parts(params double[] seconds)
    {
        const int Rate = 8000;
        var ends = seconds.Select((_, index) => seconds.Take(index + 1).Sum() * Rate).ToArray();
        return Of(seconds.Sum(), Rate, 1, index => Array.FindIndex(ends, end => index < end) % 2 == 0 ? (short)(10_000 * Math.Sin(index / 4.0)) : (short)0);
    }

    public static byte[] Sample() => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "call.wav"));

    static byte[] Of(double seconds, int rate, int channels, Func<int, short> sample)
    {
        using var file = new MemoryStream();
        using var writer = new BinaryWriter(file, Encoding.ASCII);
        var bytes = (int)(seconds * rate) * channels * 2;
        writer.Write("RIFF"u8);
        writer.Write(36 + bytes);
        writer.Write("WAVEfmt "u8);
        writer.Write(16);
        writer.Write((short)1);
        writer.Write((short)channels);
        writer.Write(rate);
        writer.Write(rate * channels * 2);
        writer.Write((short)(channels * 2));
        writer.Write((short)16);
        writer.Write("data"u8);
        writer.Write(bytes);
        for (var index = 0; index < bytes / 2; index++)
            writer.Write(sample(index));
        return file.ToArray();
    }
}
