using System.Buffers.Binary;
using AiPlatform.TranscriptionWorker.Audio.Wav;

namespace AiPlatform.TranscriptionWorker.Audio.Decoding;

/// <summary>Samples as they stand in a file, made into numbers from -1 to 1.</summary>
static class SampleBytes
{
    // Far above what is heard, so that the rest of the arithmetic never meets infinity.
    const float Most = 4;

    /// <param name="bytes">Whole frames.</param>
    /// <returns>False where one is no number.</returns>
    public static bool TryRead(WavFormat format, ReadOnlySpan<byte> bytes, float[][] block)
    {
        var (frame, sample) = (format.BytesPerFrame, format.BitsPerSample / 8);
        for (var channel = 0; channel < format.Channels; channel++)
        {
            var samples = block[channel].AsSpan(0, bytes.Length / frame);
            var from = bytes[(channel * sample)..];
            switch (format.Encoding, format.BitsPerSample)
            {
                case (WavEncoding.ALaw, _):
                    Look(from, frame, samples, G711.ALaw);
                    break;
                case (WavEncoding.MuLaw, _):
                    Look(from, frame, samples, G711.MuLaw);
                    break;
                case (WavEncoding.Pcm, 8):
                    for (var i = 0; i < samples.Length; i++)
                    {
                        samples[i] = (from[i * frame] - 128) / 128f;
                    }
                    break;
                case (WavEncoding.Pcm, 16):
                    for (var i = 0; i < samples.Length; i++)
                    {
                        samples[i] = BinaryPrimitives.ReadInt16LittleEndian(from[(i * frame)..]) / 32768f;
                    }
                    break;
                case (WavEncoding.Pcm, 24):
                    for (var i = 0; i < samples.Length; i++)
                    {
                        var at = i * frame;
                        samples[i] = ((from[at] << 8) | (from[at + 1] << 16) | (from[at + 2] << 24)) / 2147483648f;
                    }
                    break;
                case (WavEncoding.Pcm, _):
                    for (var i = 0; i < samples.Length; i++)
                    {
                        samples[i] = BinaryPrimitives.ReadInt32LittleEndian(from[(i * frame)..]) / 2147483648f;
                    }
                    break;
                default:
                    if (!TryReadFloats(from, frame, samples, format.BitsPerSample == 64))
                    {
                        return false;
                    }
                    break;
            }
        }
        return true;
    }

    static void Look(ReadOnlySpan<byte> from, int frame, Span<float> samples, float[] table)
    {
        for (var i = 0; i < samples.Length; i++)
        {
            samples[i] = table[from[i * frame]];
        }
    }

    static bool TryReadFloats(ReadOnlySpan<byte> from, int frame, Span<float> samples, bool isDouble)
    {
        for (var i = 0; i < samples.Length; i++)
        {
            var value = isDouble
                ? BinaryPrimitives.ReadDoubleLittleEndian(from[(i * frame)..])
                : BinaryPrimitives.ReadSingleLittleEndian(from[(i * frame)..]);
            if (!double.IsFinite(value))
            {
                return false;
            }
            samples[i] = (float)Math.Clamp(value, -Most, Most);
        }
        return true;
    }
}
