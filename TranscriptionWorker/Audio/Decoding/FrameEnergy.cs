namespace AiPlatform.TranscriptionWorker.Audio.Decoding;

/// <summary>The mean product of two signals, or of one with itself, for each frame of 20 ms.</summary>
sealed class FrameEnergy
{
    public const int FrameSamples = SampleRange.Rate / 50;

    readonly List<float> frames = [];
    float sum;
    int count;

    public void Add(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        while (a.Length > 0)
        {
            var length = Math.Min(FrameSamples - count, a.Length);
            for (var i = 0; i < length; i++)
            {
                sum += a[i] * b[i];
            }
            count += length;
            a = a[length..];
            b = b[length..];
            if (count == FrameSamples)
            {
                End();
            }
        }
    }

    /// <summary>The last frame may be shorter.</summary>
    public float[] Finish()
    {
        if (count > 0)
        {
            End();
        }
        return [.. frames];
    }

    void End()
    {
        frames.Add(sum / count);
        (sum, count) = (0, 0);
    }
}
