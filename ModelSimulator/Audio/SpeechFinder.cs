using System.Runtime.InteropServices;

namespace AiPlatform.ModelSimulator.Audio;

/// <summary>Finds speech as what is louder than -45 dB: simple, so that a test can tell beforehand what is found.</summary>
static class SpeechFinder
{
    const double FrameSeconds = 0.02;
    const double ShortestSeconds = 0.06;
    const double ShortestPauseSeconds = 0.25;

    // -45 dB of full scale.
    const double LeastLevel = 184;

    /// <param name="samples">16-bit PCM, the channels interleaved.</param>
    public static List<SpeechIsland> Find(ReadOnlySpan<byte> samples, long samplesPerSecond)
    {
        var values = MemoryMarshal.Cast<byte, short>(samples);
        var frame = Math.Max(1, (int)(samplesPerSecond * FrameSeconds));
        var islands = new List<SpeechIsland>();
        for (var at = 0; at < values.Length; at += frame)
        {
            var part = values[at..Math.Min(values.Length, at + frame)];
            if (!IsLoud(part))
                continue;
            var (start, end) = ((double)at / samplesPerSecond, (double)(at + part.Length) / samplesPerSecond);
            if (islands.Count > 0 && start - islands[^1].End < ShortestPauseSeconds)
                islands[^1] = islands[^1] with { End = end };
            else
                islands.Add(new SpeechIsland(start, end));
        }

        islands.RemoveAll(island => island.Seconds < ShortestSeconds);
        return islands;
    }

    static bool IsLoud(ReadOnlySpan<short> frame)
    {
        var sum = 0.0;
        foreach (var sample in frame)
            sum += (double)sample * sample;
        return sum / frame.Length > LeastLevel * LeastLevel;
    }
}
