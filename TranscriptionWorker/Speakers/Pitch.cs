using System.Numerics;
using AiPlatform.TranscriptionWorker.Audio;

namespace AiPlatform.TranscriptionWorker.Speakers;

/// <summary>Fundamental frequency of a voice: at which lag speech is most like itself (autocorrelation), the median over its voiced frames.</summary>
static class Pitch
{
    /// <summary>A quarter of the samples: the telephone cuts off the fundamental, and the overtones below 2 kHz show it as well.</summary>
    const int Step = 4;
    const int Rate = SampleRange.Rate / Step;
    const int Shortest = Rate / 400;
    const int Longest = Rate / 60;
    const int Frame = Rate / 25;
    const int Hop = Rate / 50;

    /// <summary>From here on a frame counts as voiced.</summary>
    const double LeastLikeness = 0.6;

    /// <summary>Twice the true lag is as good a match: the first that is nearly the best is taken.</summary>
    const double NearlyBest = 0.88;
    const int LeastFrames = 4;

    /// <returns>Null where hardly anything is voiced.</returns>
    public static double? Hertz(ReadOnlySpan<short> samples)
    {
        var slow = new float[samples.Length / Step];
        for (var i = 0; i < slow.Length; i++)
        {
            slow[i] = samples[i * Step] + samples[(i * Step) + 1] + samples[(i * Step) + 2] + samples[(i * Step) + 3];
        }
        List<double> found = [];
        Span<double> likeness = stackalloc double[Longest + 2];
        for (var at = 0; at + Frame + Longest + 1 < slow.Length; at += Hop)
        {
            if (Lag(slow.AsSpan(at), likeness) is { } lag)
            {
                found.Add(Rate / lag);
            }
        }
        if (found.Count < LeastFrames)
        {
            return null;
        }
        found.Sort();
        return found[found.Count / 2];
    }

    static double? Lag(ReadOnlySpan<float> frame, Span<double> likeness)
    {
        var now = frame[..Frame];
        var energy = Product(now, now);
        if (energy <= 0)
        {
            return null;
        }
        var best = 0d;
        for (var lag = Shortest - 1; lag <= Longest + 1; lag++)
        {
            var later = frame.Slice(lag, Frame);
            likeness[lag] = Product(now, later) / Math.Sqrt((energy * Product(later, later)) + 1);
            best = Math.Max(best, likeness[lag]);
        }
        if (best < LeastLikeness)
        {
            return null;
        }
        for (var lag = Shortest; lag <= Longest; lag++)
        {
            var (before, here, after) = (likeness[lag - 1], likeness[lag], likeness[lag + 1]);
            if (here < before || here < after)
            {
                continue;
            }
            // The top of the parabola through the three: a high voice's lag is between two samples.
            var curve = Math.Min(before - (2 * here) + after, -1e-9);
            if (here - ((before - after) * (before - after) / (8 * curve)) >= best * NearlyBest)
            {
                return lag + ((before - after) / (2 * curve));
            }
        }
        return null;
    }

    static double Product(ReadOnlySpan<float> one, ReadOnlySpan<float> other)
    {
        var sum = Vector<float>.Zero;
        var width = Vector<float>.Count;
        var i = 0;
        for (; i <= one.Length - width; i += width)
        {
            sum += new Vector<float>(one[i..]) * new Vector<float>(other[i..]);
        }
        var total = (double)Vector.Sum(sum);
        for (; i < one.Length; i++)
        {
            total += one[i] * other[i];
        }
        return total;
    }
}
