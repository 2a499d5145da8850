using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace AiPlatform.TranscriptionWorker.Audio.Decoding;

/// <summary>
/// Brings samples to <see cref="SampleRange.Rate"/>, by a windowed sinc for each place that an output can have between two inputs. From 8 kHz that is
/// a half-band filter, whose every other output is an input. Without delay: an output stands at the time of the input it is made of. Sums are in
/// the same order on every processor, so that the same bytes give the same samples everywhere.
/// </summary>
sealed class Resampler
{
    // Zero crossings of the sinc on each side, and the shape of its Kaiser window: 80 dB below, 7 kHz and more kept of what 16 kHz can hold.
    const int UpCrossings = 16;
    const int DownCrossings = 24;
    const double Shape = 8;
    const double DownCutoff = 0.92;
    const int MostCoefficients = 1 << 20;

    readonly int up;
    readonly int down;
    readonly int half;
    readonly int taps;
    readonly int phases;
    readonly float[] coefficients;
    float[] waiting;
    int count;
    long given;
    long made;

    // Of the next output: where the inputs it is made of begin in those that wait, and how far it is behind the middle one, in parts of an input.
    int start;
    int behind;

    public Resampler(int rate)
    {
        var common = (int)BigInteger.GreatestCommonDivisor(rate, SampleRange.Rate);
        (up, down) = (SampleRange.Rate / common, rate / common);
        var ratio = Math.Max(1.0, (double)rate / SampleRange.Rate);
        var crossings = rate > SampleRange.Rate ? DownCrossings : UpCrossings;
        half = ((int)Math.Ceiling(crossings * ratio) + 3) / 4 * 4;
        taps = half * 2;
        phases = Math.Min(up, MostCoefficients / taps);
        coefficients = Coefficients(ratio > 1 ? DownCutoff / ratio : 1);
        waiting = new float[taps * 2];
        // Before the first sample there is silence.
        count = half - 1;
    }

    /// <param name="output">Long enough for <see cref="MostOutput"/>.</param>
    /// <returns>Samples written.</returns>
    public int Process(ReadOnlySpan<float> input, Span<float> output)
    {
        Append(input);
        given += input.Length;
        return Make(output, long.MaxValue);
    }

    /// <summary>What is still inside.</summary>
    public int Finish(Span<float> output)
    {
        Append(new float[half]);
        return Make(output, ((given * up) + down - 1) / down);
    }

    public int MostOutput(int input) => (int)(((long)input + taps) * up / down) + 2;

    int Make(Span<float> output, long end)
    {
        var written = 0;
        for (; made < end && start + taps <= count; made++)
        {
            var phase = phases == up ? behind : (int)((long)behind * phases / up);
            output[written++] = Dot(waiting.AsSpan(start, taps), coefficients.AsSpan(phase * taps, taps));
            start += down / up;
            behind += down % up;
            if (behind >= up)
            {
                behind -= up;
                start++;
            }
        }
        Forget();
        return written;
    }

    /// <summary>Drops what no later output needs.</summary>
    void Forget()
    {
        var unneeded = Math.Min(start, count);
        waiting.AsSpan(unneeded, count - unneeded).CopyTo(waiting);
        count -= unneeded;
        start -= unneeded;
    }

    void Append(ReadOnlySpan<float> input)
    {
        if (count + input.Length > waiting.Length)
        {
            Array.Resize(ref waiting, count + input.Length);
        }
        input.CopyTo(waiting.AsSpan(count));
        count += input.Length;
    }

    static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var left = MemoryMarshal.Cast<float, Vector256<float>>(a);
        var right = MemoryMarshal.Cast<float, Vector256<float>>(b);
        var sum = Vector256<float>.Zero;
        for (var i = 0; i < left.Length; i++)
        {
            sum += left[i] * right[i];
        }
        var four = sum.GetLower() + sum.GetUpper();
        return four[0] + four[1] + (four[2] + four[3]);
    }

    float[] Coefficients(double cutoff)
    {
        var all = new float[phases * taps];
        var row = new double[taps];
        for (var phase = 0; phase < phases; phase++)
        {
            var fraction = (double)phase / phases;
            for (var tap = 0; tap < taps; tap++)
            {
                var distance = tap - half + 1 - fraction;
                row[tap] = Sinc(distance * cutoff) * Kaiser(distance / half);
            }
            // A constant stays what it is, whatever the place.
            var sum = row.Sum();
            for (var tap = 0; tap < taps; tap++)
            {
                all[(phase * taps) + tap] = (float)(row[tap] / sum);
            }
        }
        return all;
    }

    static double Sinc(double x) => Math.Abs(x) < 1e-12 ? 1 : Math.Sin(Math.PI * x) / (Math.PI * x);

    static double Kaiser(double x) => Math.Abs(x) >= 1 ? 0 : Bessel(Shape * Math.Sqrt(1 - (x * x))) / Bessel(Shape);

    /// <summary>The modified Bessel function of order 0, by its series.</summary>
    static double Bessel(double x)
    {
        var (sum, term) = (1.0, 1.0);
        for (var k = 1; term > sum * 1e-12; k++)
        {
            term *= x / (2 * k) * (x / (2 * k));
            sum += term;
        }
        return sum;
    }
}
