using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace AiPlatform.ModelSimulator.Audio;

/// <summary>What a WAV file's header says of its length, and what its samples are: silence, speech in places, or something that only their sum tells.</summary>
/// <param name="Sha256">Of the samples alone, in small letters.</param>
/// <param name="Speech">All of it where the samples are not 16-bit PCM.</param>
sealed record WavAudio(double Seconds, bool IsSilent, string Sha256, IReadOnlyList<SpeechIsland> Speech)
{
    static readonly WavAudio None = new(0, true, "", []);
    const int Pcm = 1;
    const int Float = 3;
    const int ALaw = 6;
    const int MuLaw = 7;
    const int Extensible = 0xFFFE;
    const int FormatBytes = 16;
    const int SilentPeak = 16;

    // Voxtral hears 12.5 tokens a second in windows of 30 s, and a few more for the words around them.
    const int TokensPerWindow = 375;
    const int WindowSeconds = 30;
    const int TokensAround = 12;

    public int PromptTokens => TokensAround + (TokensPerWindow * Math.Max(1, (int)Math.Ceiling(Seconds / WindowSeconds)));

    public static bool TryRead(ReadOnlySpan<byte> file, out WavAudio audio)
    {
        audio = None;
        if (file.Length < 12 || !file[..4].SequenceEqual("RIFF"u8) || !file[8..12].SequenceEqual("WAVE"u8))
            return false;
        ReadOnlySpan<byte> format = default;
        var rest = file[12..];
        while (rest.Length >= 8)
        {
            var name = rest[..4];
            long size = BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]);
            var content = rest[8..];

            // A recorder that streams does not know the length: it writes 0 or the maximum, and the data go on to the end.
            var isData = name.SequenceEqual("data"u8);
            var length = (int)Math.Min(isData && size == 0 ? content.Length : size, content.Length);
            if (isData)
                return TryMeasure(format, content[..length], out audio);
            if (name.SequenceEqual("fmt "u8))
                format = content[..length];
            rest = content[Math.Min(content.Length, length + (length & 1))..];
        }

        return false;
    }

    static bool TryMeasure(ReadOnlySpan<byte> format, ReadOnlySpan<byte> samples, out WavAudio audio)
    {
        audio = None;
        if (format.Length < FormatBytes || samples.IsEmpty)
            return false;
        int kind = BinaryPrimitives.ReadUInt16LittleEndian(format);
        int channels = BinaryPrimitives.ReadUInt16LittleEndian(format[2..]);
        long rate = BinaryPrimitives.ReadUInt32LittleEndian(format[4..]);
        int bits = BinaryPrimitives.ReadUInt16LittleEndian(format[14..]);
        if (kind is not (Pcm or Float or ALaw or MuLaw or Extensible) || channels == 0 || rate == 0 || bits is not (8 or 16 or 24 or 32 or 64))
            return false;
        var seconds = (double)samples.Length / (rate * channels * (bits / 8));
        var isSilent = bits == 16 && IsQuiet(samples);
        var speech = bits == 16 ? SpeechFinder.Find(samples, rate * channels) : [new SpeechIsland(0, seconds)];
        audio = new WavAudio(seconds, isSilent, Convert.ToHexStringLower(SHA256.HashData(samples)), speech);
        return true;
    }

    static bool IsQuiet(ReadOnlySpan<byte> samples)
    {
        foreach (var sample in MemoryMarshal.Cast<byte, short>(samples))
        {
            if (sample is > SilentPeak or < -SilentPeak)
                return false;
        }

        return true;
    }
}
