using System.Text;

namespace AiPlatform.TranscriptionWorker.Tests;

/// <summary>Builds WAV files, right and wrong.</summary>
static class Wav
{
    public static byte[] Call { get; } = System.IO.File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "call.wav"));

    /// <summary>A tone, so that it is not silence: 16-bit PCM, mono, 8 kHz.</summary>
    public static byte[] Tone(double seconds, int rate = 8000)
    {
        var samples = new byte[(int)(seconds * rate) * 2];
        for (var i = 0; i < samples.Length / 2; i++)
        {
            BitConverter.TryWriteBytes(samples.AsSpan(i * 2), (short)(8000 * Math.Sin(i * 2 * Math.PI * 440 / rate)));
        }
        return File(Format(1, 1, rate, 16), samples);
    }

    public static byte[] Silence(double seconds, int rate = 8000) => File(Format(1, 1, rate, 16), new byte[(int)(seconds * rate) * 2]);

    public static byte[] File(byte[] format, byte[] samples) => Riff(Chunk("fmt ", format), Chunk("data", samples));

    public static byte[] Format(int tag, int channels, int rate, int bits) =>
        Bytes((ushort)tag, (ushort)channels, (uint)rate, (uint)(rate * channels * bits / 8), (ushort)(channels * bits / 8), (ushort)bits);

    public static byte[] Extensible(int tag, int channels, int rate, int bits, byte[]? guidTail = null) =>
    [
        .. Format(0xFFFE, channels, rate, bits),
        .. Bytes((ushort)22, (ushort)bits, 0u, (ushort)tag),
        .. guidTail ?? [0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71],
    ];

    public static byte[] Riff(params byte[][] chunks) => Riff("RIFF", null, chunks);

    /// <param name="size">The size in the header; null for the right one.</param>
    public static byte[] Riff(string magic, uint? size, params byte[][] chunks)
    {
        var body = chunks.SelectMany(chunk => chunk).ToArray();
        return [.. Encoding.ASCII.GetBytes(magic), .. Bytes(size ?? (uint)(body.Length + 4)), .. "WAVE"u8, .. body];
    }

    /// <param name="size">The size in the header; null for the right one.</param>
    public static byte[] Chunk(string name, byte[] content, uint? size = null) =>
    [
        .. Encoding.ASCII.GetBytes(name), .. Bytes(size ?? (uint)content.Length), .. content,
        .. new byte[content.Length & 1],
    ];

    public static byte[] Bytes(params object[] values) => [.. values.SelectMany(value => value switch
    {
        ushort number => BitConverter.GetBytes(number),
        uint number => BitConverter.GetBytes(number),
        ulong number => BitConverter.GetBytes(number),
        _ => throw new ArgumentException($"{value.GetType()} is not written."),
    })];
}
