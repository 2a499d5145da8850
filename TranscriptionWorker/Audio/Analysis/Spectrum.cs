namespace AiPlatform.TranscriptionWorker.Audio.Analysis;

/// <summary>The power of the frequencies in 64 ms of sound, by a fast Fourier transform under a Hann window.</summary>
sealed class Spectrum
{
    public const int Samples = 1024;
    public const int Bins = Samples / 2;
    public const double HertzPerBin = (double)SampleRange.Rate / Samples;

    const int Bits = 10;

    static readonly float[] Window = [.. Enumerable.Range(0, Samples).Select(i => (float)(0.5 - (0.5 * Math.Cos(2 * Math.PI * i / Samples))))];
    static readonly float[] Cosines = [.. Enumerable.Range(0, Bins).Select(i => (float)Math.Cos(2 * Math.PI * i / Samples))];
    static readonly float[] Sines = [.. Enumerable.Range(0, Bins).Select(i => (float)Math.Sin(2 * Math.PI * i / Samples))];
    static readonly int[] Reversed = [.. Enumerable.Range(0, Samples).Select(Reverse)];

    readonly float[] real = new float[Samples];
    readonly float[] imaginary = new float[Samples];

    public float[] Power { get; } = new float[Bins];

    public void Measure(ReadOnlySpan<float> sound)
    {
        for (var i = 0; i < Samples; i++)
        {
            real[Reversed[i]] = sound[i] * Window[i];
        }
        Array.Clear(imaginary);
        for (var size = 1; size < Samples; size *= 2)
        {
            Combine(size);
        }
        for (var bin = 0; bin < Bins; bin++)
        {
            Power[bin] = (real[bin] * real[bin]) + (imaginary[bin] * imaginary[bin]);
        }
    }

    void Combine(int size)
    {
        var step = Bins / size;
        for (var start = 0; start < Samples; start += size * 2)
        {
            var evenReal = real.AsSpan(start, size);
            var oddReal = real.AsSpan(start + size, size);
            var evenImaginary = imaginary.AsSpan(start, size);
            var oddImaginary = imaginary.AsSpan(start + size, size);
            for (var i = 0; i < evenReal.Length; i++)
            {
                var (cosine, sine) = (Cosines[i * step], Sines[i * step]);
                var turnedReal = (oddReal[i] * cosine) + (oddImaginary[i] * sine);
                var turnedImaginary = (oddImaginary[i] * cosine) - (oddReal[i] * sine);
                (oddReal[i], evenReal[i]) = (evenReal[i] - turnedReal, evenReal[i] + turnedReal);
                (oddImaginary[i], evenImaginary[i]) = (evenImaginary[i] - turnedImaginary, evenImaginary[i] + turnedImaginary);
            }
        }
    }

    static int Reverse(int number)
    {
        var reversed = 0;
        for (var bit = 0; bit < Bits; bit++)
        {
            reversed |= ((number >> bit) & 1) << (Bits - 1 - bit);
        }
        return reversed;
    }
}
