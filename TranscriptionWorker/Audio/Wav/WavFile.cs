using System.Text;

namespace AiPlatform.TranscriptionWorker.Audio.Wav;

/// <summary>A WAV file that can be transcribed.</summary>
/// <param name="Samples">Whole frames only.</param>
sealed record WavFile(WavFormat Format, ReadOnlyMemory<byte> Samples)
{
    const int PcmFormatBytes = 16;
    const int OtherFormatBytes = 18;

    public TimeSpan Duration => TimeSpan.FromSeconds((double)(Samples.Length / Format.BytesPerFrame) / Format.SampleRate);

    /// <summary>
    /// A plain header for the same samples, to be sent before them. Recorders that stream leave lengths open, and newer ones write forms that not
    /// every server reads (RF64, extensible); a file's notes, such as who recorded it, are nobody else's business.
    /// </summary>
    public byte[] Header()
    {
        var isPcm = Format.Encoding == WavEncoding.Pcm;
        var formatBytes = isPcm ? PcmFormatBytes : OtherFormatBytes;
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.ASCII);
        var factBytes = isPcm ? 0 : 12;
        writer.Write("RIFF"u8);
        writer.Write((uint)(4 + 8 + formatBytes + factBytes + 8 + Samples.Length + Padding));
        writer.Write("WAVEfmt "u8);
        writer.Write(formatBytes);
        writer.Write((ushort)Format.Encoding);
        writer.Write((ushort)Format.Channels);
        writer.Write(Format.SampleRate);
        writer.Write((uint)Math.Min((long)Format.SampleRate * Format.BytesPerFrame, uint.MaxValue));
        writer.Write((ushort)Format.BytesPerFrame);
        writer.Write((ushort)Format.BitsPerSample);
        if (!isPcm)
        {
            writer.Write((ushort)0);
            writer.Write("fact"u8);
            writer.Write(4);
            writer.Write(Samples.Length / Format.BytesPerFrame);
        }
        writer.Write("data"u8);
        writer.Write((uint)Samples.Length);
        return stream.ToArray();
    }

    /// <summary>Chunks begin at even places.</summary>
    public int Padding => Samples.Length & 1;
}
