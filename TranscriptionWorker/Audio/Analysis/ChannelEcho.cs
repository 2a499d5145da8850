using AiPlatform.TranscriptionWorker.Audio.Decoding;

namespace AiPlatform.TranscriptionWorker.Audio.Analysis;

/// <summary>
/// Finds speech of one channel that is heard, faintly and a little later, on the other: the echo of a telephone or of a headset. It is known by its loudness,
/// which goes up and down as that of the other channel does, over seconds and always as much later. Two people who talk at once do not keep such time,
/// however faint one of them is.
/// </summary>
static class ChannelEcho
{
    // In frames of 20 ms. An echo comes later, by as much as a network takes there and back; recorders put their channels a little apart.
    const int LeastDelay = -4;
    const int MostDelay = 16;

    // Second by second, half of it each on. With fewer there is no telling echo from chance.
    const int WindowFrames = 50;
    const int StepFrames = 25;
    const int LeastWindows = 4;

    // Means of synthesized calls: 0.94 with an echo; of strangers' voices at most 0.54 in four windows of three seconds, and 0.13 in two minutes.
    const double LeastCorrelation = 0.7;

    // Energies: 9 dB under the other channel, and what rises more than 4 dB above the echo is the channel's own voice.
    const double FaintShare = 0.125;
    const double OwnFactor = 2.5;

    // Samples between two words of one speaker.
    const int LeastAlone = SampleRange.Rate * 6 / 10;

    // The sound of a room dies away.
    const int FramesBefore = 2;
    const int FramesAfter = 1;

    /// <returns>The track without the speech that is only heard through from <paramref name="other"/>.</returns>
    public static SpeechTrack Without(SpeechTrack track, DecodedChannel own, DecodedChannel other)
    {
        if (PathOf(track, own.Energy, other.Energy) is not { } path)
        {
            return track;
        }
        var frames = Frames(own.Energy, other.Energy, path);
        var louder = VoiceActivity.Find(own, frames);
        foreach (var echo in Rest(track.Speech, louder))
        {
            // Syllables of a voice may be no louder than the echo under them.
            var (from, to) = FramesOf(echo, frames.Length);
            if (IsWithin(echo, louder) || !IsHeardThrough(own.Energy, other.Energy, from, to, path.Delay))
            {
                frames.AsSpan(from, to - from).Clear();
            }
        }
        var speech = VoiceActivity.Find(own, frames);
        return track with { Speech = speech, Echoes = Rest(track.Speech, speech) };
    }

    /// <returns>True where it is short, and the channel's own voice is right before and after it.</returns>
    static bool IsWithin(SampleRange echo, IReadOnlyList<SampleRange> speech) =>
        echo.Length < LeastAlone && speech.Any(range => range.End == echo.Start) && speech.Any(range => range.Start == echo.End);

    static bool IsHeardThrough(float[] own, float[] other, int from, int to, int delay)
    {
        (from, to) = (Math.Max(from, delay), Math.Min(to, other.Length + delay));
        return to > from && EnvelopeSums.Of(Loudness(own.AsSpan(from, to - from)), Loudness(other.AsSpan(from - delay, to - from))).Correlation >= LeastCorrelation;
    }

    /// <returns>How the other channel comes to be heard on this one; null where it is not.</returns>
    static EchoPath? PathOf(SpeechTrack track, float[] own, float[] other)
    {
        EchoPath? best = null;
        var windows = Windows(track, own.Length);
        var (ownLoudness, otherLoudness) = (Loudness(own), Loudness(other));
        for (var delay = LeastDelay; delay <= MostDelay; delay++)
        {
            var (count, correlation, ownEnergy, otherEnergy) = (0, 0.0, 0.0, 0.0);
            foreach (var window in windows.Where(window => window >= delay && window - delay + WindowFrames <= other.Length))
            {
                var sums = EnvelopeSums.Of(ownLoudness.AsSpan(window, WindowFrames), otherLoudness.AsSpan(window - delay, WindowFrames));
                if (sums.OwnEnergy <= FaintShare * sums.OtherEnergy)
                {
                    count++;
                    correlation += sums.Correlation;
                    ownEnergy += sums.OwnEnergy;
                    otherEnergy += sums.OtherEnergy;
                }
            }
            if (count >= LeastWindows && correlation / count >= Math.Max(LeastCorrelation, best?.Correlation ?? 0))
            {
                best = new EchoPath(delay, ownEnergy / otherEnergy, correlation / count);
            }
        }
        return best;
    }

    /// <summary>First frames of the windows that are speech for the better part.</summary>
    static List<int> Windows(SpeechTrack track, int frames)
    {
        var spoken = new bool[frames];
        foreach (var range in track.Speech)
        {
            var (from, to) = FramesOf(range, frames);
            spoken.AsSpan(from, to - from).Fill(true);
        }
        List<int> windows = [];
        for (var first = 0; first + WindowFrames <= frames; first += StepFrames)
        {
            if (spoken.AsSpan(first, WindowFrames).Count(true) > WindowFrames / 2)
            {
                windows.Add(first);
            }
        }
        return windows;
    }

    /// <returns>True of each frame that is no louder than the echo.</returns>
    static bool[] Frames(float[] own, float[] other, EchoPath path)
    {
        var echo = new bool[own.Length];
        for (var frame = 0; frame < own.Length; frame++)
        {
            var from = Math.Clamp(frame - path.Delay - FramesBefore, 0, other.Length);
            var to = Math.Clamp(frame - path.Delay + FramesAfter + 1, from, other.Length);
            var loudest = 0f;
            foreach (var energy in other.AsSpan(from, to - from))
            {
                loudest = Math.Max(loudest, energy);
            }
            echo[frame] = own[frame] <= OwnFactor * path.Gain * loudest;
        }
        return echo;
    }

    /// <returns>In order.</returns>
    static IReadOnlyList<SampleRange> Rest(IReadOnlyList<SampleRange> ranges, IReadOnlyList<SampleRange> others) =>
        [.. ranges.SelectMany(range => Rest(range, others))];

    /// <returns>What of a range is in none of the others, which are in order.</returns>
    static IEnumerable<SampleRange> Rest(SampleRange range, IReadOnlyList<SampleRange> others)
    {
        var start = range.Start;
        foreach (var other in others.Where(other => other.End > range.Start && other.Start < range.End))
        {
            if (other.Start > start)
            {
                yield return new SampleRange(start, other.Start);
            }
            start = other.End;
        }
        if (start < range.End)
        {
            yield return new SampleRange(start, range.End);
        }
    }

    static (int From, int To) FramesOf(SampleRange range, int frames)
    {
        var to = (int)Math.Min(frames, (range.End + FrameEnergy.FrameSamples - 1) / FrameEnergy.FrameSamples);
        return ((int)Math.Min(to, range.Start / FrameEnergy.FrameSamples), to);
    }

    static float[] Loudness(ReadOnlySpan<float> energy)
    {
        var loudness = new float[energy.Length];
        for (var i = 0; i < energy.Length; i++)
        {
            loudness[i] = MathF.Sqrt(energy[i]);
        }
        return loudness;
    }

    /// <param name="Delay">Frames.</param>
    /// <param name="Gain">Energy of the echo, as a part of the other channel's.</param>
    sealed record EchoPath(int Delay, double Gain, double Correlation);
}
