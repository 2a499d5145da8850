using AiPlatform.TranscriptionWorker.Audio.Decoding;

namespace AiPlatform.TranscriptionWorker.Audio.Analysis;

/// <summary>
/// Finds signals of the telephone network, which are loud as speech is: keys (DTMF), and steady tones such as ringing, busy, hold and fax. Both are one
/// or two lines in the spectrum; a steady tone keeps its pitch and level for a quarter of a second, which no voice does.
/// </summary>
sealed class ToneDetector
{
    const int FramesPerStep = 2;
    const int StepSamples = FramesPerStep * FrameEnergy.FrameSamples;
    const int FramesOfWindow = 3;

    // -55 dB of full scale, under which nothing is taken for speech.
    const double LeastLevel = 3.2e-6;

    // Of the power, in two lines of 7 bins each.
    const int LobeBins = 3;
    const double SteadyShare = 0.95;
    const double KeyShare = 0.9;

    const double SamePitch = 0.015;
    const double SameLevel = 1.41;
    const int SteadyWindows = 6;

    // Exchanges accept keys within 1.8 %; a window of 64 ms adds a few Hz.
    const double KeyPitch = 0.018;
    const double KeyHertz = 5;
    const double MostTwist = 10;

    static readonly double[] LowKeys = [697, 770, 852, 941];
    static readonly double[] HighKeys = [1209, 1336, 1477, 1633];

    readonly Spectrum spectrum = new();
    readonly float[] window = new float[Spectrum.Samples];
    readonly List<bool> tones = [];
    int count;
    int windows;
    int steady;
    double lastPitch;
    double lastLevel;

    public void Add(ReadOnlySpan<float> samples)
    {
        while (samples.Length > 0)
        {
            var length = Math.Min(window.Length - count, samples.Length);
            samples[..length].CopyTo(window.AsSpan(count));
            count += length;
            samples = samples[length..];
            if (count == window.Length)
            {
                Look();
                window.AsSpan(StepSamples).CopyTo(window);
                count -= StepSamples;
            }
        }
    }

    /// <returns>For each frame up to the last one with a tone.</returns>
    public bool[] Finish() => [.. tones];

    void Look()
    {
        var level = 0.0;
        foreach (var sample in window)
        {
            level += sample * sample;
        }
        level /= window.Length;
        if (level < LeastLevel)
        {
            steady = 0;
        }
        else
        {
            spectrum.Measure(window);
            Judge(level);
        }
        windows++;
    }

    void Judge(double level)
    {
        var total = 0.0;
        for (var bin = 1; bin < Spectrum.Bins; bin++)
        {
            total += spectrum.Power[bin];
        }
        var first = Lobe(-1);
        var second = Lobe(first.Peak);
        var lines = first.Power + second.Power;
        var pitch = ((first.Power * first.Hertz) + (second.Power * second.Hertz)) / lines;
        var isSteady = lines > SteadyShare * total;
        var goesOn = isSteady && steady > 0
            && Math.Abs(pitch - lastPitch) < SamePitch * lastPitch && level < SameLevel * lastLevel && lastLevel < SameLevel * level;
        steady = goesOn ? steady + 1 : isSteady ? 1 : 0;
        (lastPitch, lastLevel) = (pitch, level);
        if (steady >= SteadyWindows)
        {
            // From the first of them on, once it is known.
            for (var back = steady == SteadyWindows ? SteadyWindows - 1 : 0; back >= 0; back--)
            {
                Mark(windows - back);
            }
        }
        else if (lines > KeyShare * total && IsKey(first, second))
        {
            Mark(windows);
        }
    }

    /// <summary>The strongest line and what is around it.</summary>
    /// <param name="except">The peak of another; -1 for none.</param>
    (int Peak, double Power, double Hertz) Lobe(int except)
    {
        var peak = -1;
        for (var bin = 1; bin < Spectrum.Bins; bin++)
        {
            if ((peak < 0 || spectrum.Power[bin] > spectrum.Power[peak]) && (except < 0 || Math.Abs(bin - except) > LobeBins * 2))
            {
                peak = bin;
            }
        }
        var (power, moment) = (1e-30, 0.0);
        for (var bin = Math.Max(1, peak - LobeBins); bin <= Math.Min(Spectrum.Bins - 1, peak + LobeBins); bin++)
        {
            power += spectrum.Power[bin];
            moment += spectrum.Power[bin] * bin;
        }
        return (peak, power, moment / power * Spectrum.HertzPerBin);
    }

    static bool IsKey((int Peak, double Power, double Hertz) first, (int Peak, double Power, double Hertz) second)
    {
        var (low, high) = first.Hertz < second.Hertz ? (first, second) : (second, first);
        return IsNear(low.Hertz, LowKeys) && IsNear(high.Hertz, HighKeys) && low.Power < MostTwist * high.Power && high.Power < MostTwist * low.Power;
    }

    static bool IsNear(double hertz, double[] keys) => keys.Any(key => Math.Abs(hertz - key) < (key * KeyPitch) + KeyHertz);

    void Mark(int place)
    {
        var frame = place * FramesPerStep;
        while (tones.Count < frame + FramesOfWindow)
        {
            tones.Add(false);
        }
        for (var i = 0; i < FramesOfWindow; i++)
        {
            tones[frame + i] = true;
        }
    }
}
