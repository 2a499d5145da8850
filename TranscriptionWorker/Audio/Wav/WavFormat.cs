using System.Buffers.Binary;

namespace AiPlatform.TranscriptionWorker.Audio.Wav;

/// <summary>The <c>fmt </c> chunk of a WAV file.</summary>
sealed record WavFormat(WavEncoding Encoding, int Channels, int SampleRate, int BitsPerSample)
{
    const int LeastBytes = 16;
    const int ExtensibleBytes = 40;
    const int Extensible = 0xFFFE;
    const int MostChannels = 64;
    const int MostRate = 768_000;

    public const string Accepted = "PCM, float, A-law and µ-law are accepted";

    // What follows the encoding's number in the GUID of an extensible format.
    static readonly byte[] GuidTail = [0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71];

    /// <summary>Bytes of one sample of every channel. Taken from the other fields: writers often set the header's own wrongly.</summary>
    public int BytesPerFrame => Channels * BitsPerSample / 8;

    /// <summary>As ffmpeg calls it.</summary>
    public string Codec => Encoding switch
    {
        WavEncoding.ALaw => "pcm_alaw",
        WavEncoding.MuLaw => "pcm_mulaw",
        WavEncoding.Float => $"pcm_f{BitsPerSample}le",
        _ => BitsPerSample == 8 ? "pcm_u8" : $"pcm_s{BitsPerSample}le",
    };

    /// <summary>Whether a format that is not read here may be one that others can read.</summary>
    public static bool IsForeign(ReadOnlySpan<byte> chunk) =>
        chunk.Length >= LeastBytes
        && BinaryPrimitives.ReadUInt16LittleEndian(chunk[2..]) is > 0 and <= MostChannels
        && BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]) is > 0 and <= MostRate
        && Tag(chunk) is not (1 or 3 or 6 or 7);

    /// <returns>Null for a format that cannot be used; <paramref name="problem"/> then says what it is.</returns>
    public static WavFormat? TryRead(ReadOnlySpan<byte> chunk, out string? problem)
    {
        if (chunk.Length < LeastBytes)
        {
            problem = $"its format block has {chunk.Length} bytes, fewer than {LeastBytes}";
            return null;
        }
        if (Tag(chunk) is not { } tag)
        {
            problem = $"its encoding is one of a vendor's own; {Accepted}";
            return null;
        }
        int channels = BinaryPrimitives.ReadUInt16LittleEndian(chunk[2..]);
        var rate = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
        int bits = BinaryPrimitives.ReadUInt16LittleEndian(chunk[14..]);
        problem = Problem(tag, channels, rate, bits);
        return problem is null ? new WavFormat((WavEncoding)tag, channels, (int)rate, bits) : null;
    }

    /// <returns>The number of the encoding; null for a vendor's own.</returns>
    static int? Tag(ReadOnlySpan<byte> chunk) => BinaryPrimitives.ReadUInt16LittleEndian(chunk) switch
    {
        Extensible when chunk.Length < ExtensibleBytes || !chunk[26..40].SequenceEqual(GuidTail) => null,
        Extensible => BinaryPrimitives.ReadUInt16LittleEndian(chunk[24..]),
        var plain => plain,
    };

    static string? Problem(int tag, int channels, uint rate, int bits) => (tag, bits) switch
    {
        _ when channels is 0 or > MostChannels => $"it says that it has {channels} channels; 1 to {MostChannels} are accepted",
        _ when rate is 0 or > MostRate => $"it says that it has {rate} samples a second; 1 to {MostRate} are accepted",
        (1, 8 or 16 or 24 or 32) or (3, 32 or 64) or (6 or 7, 8) => null,
        (1 or 3 or 6 or 7, _) => $"its samples of {Name(tag)} have {bits} bits, which nothing can play",
        _ => $"its encoding is {Name(tag)}; {Accepted}",
    };

    static string Name(int tag) => tag switch
    {
        1 => "PCM",
        2 => "Microsoft ADPCM",
        3 => "float",
        6 => "A-law",
        7 => "µ-law",
        0x11 => "IMA ADPCM",
        0x31 => "GSM 6.10",
        0x50 or 0x55 => "MPEG audio",
        _ => $"number 0x{tag:X4}",
    };
}
