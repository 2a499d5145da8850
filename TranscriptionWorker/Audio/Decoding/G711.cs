namespace AiPlatform.TranscriptionWorker.Audio.Decoding;

/// <summary>The two encodings of telephone networks (ITU-T G.711), as samples from -1 to 1.</summary>
static class G711
{
    const float FullScale = 32768;

    public static float[] ALaw { get; } = [.. Enumerable.Range(0, 256).Select(code => OfALaw(code) / FullScale)];

    public static float[] MuLaw { get; } = [.. Enumerable.Range(0, 256).Select(code => OfMuLaw(code) / FullScale)];

    static int OfALaw(int code)
    {
        var bits = code ^ 0x55;
        var segment = (bits & 0x70) >> 4;
        var size = ((bits & 0x0F) << 4) + (segment == 0 ? 0x008 : 0x108);
        size <<= Math.Max(0, segment - 1);
        return (bits & 0x80) != 0 ? size : -size;
    }

    static int OfMuLaw(int code)
    {
        const int Bias = 0x84;
        var bits = ~code;
        var size = ((((bits & 0x0F) << 3) + Bias) << ((bits & 0x70) >> 4)) - Bias;
        return (bits & 0x80) != 0 ? -size : size;
    }
}
