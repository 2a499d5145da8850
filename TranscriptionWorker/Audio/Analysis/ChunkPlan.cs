using AiPlatform.TranscriptionWorker.Audio.Decoding;

namespace AiPlatform.TranscriptionWorker.Audio.Analysis;

/// <summary>Cuts a track into what is sent to a provider at a time: at the longest pause that there is near the length wanted, and only where nobody ever
/// pauses inside of speech. The same audio and length give the same cuts, always.</summary>
sealed class ChunkPlan
{
    const int FrameSamples = FrameEnergy.FrameSamples;

    // Of the longest chunk: where pauses, and where dips are looked for.
    const double PauseFrom = 0.6;
    const double DipFrom = 0.8;

    // A dip of 100 ms in the sound is between words, if it is 8 dB below what is around it.
    const int DipFrames = 5;
    const double LeastDip = 8;

    // Words that a cut without a dip may split are heard whole in the next chunk.
    const int OverlapSamples = SampleRange.Rate;

    // A longer pause is not sent at all, at the edges of a chunk; one so long that it would be most of a chunk ends it.
    const int LongPause = SampleRange.Rate;
    const int EndingPause = 5 * SampleRange.Rate;

    readonly int track;
    readonly IReadOnlyList<SampleRange> speech;
    readonly float[] energy;
    readonly long most;
    readonly List<PlannedChunk> chunks = [];

    ChunkPlan(int track, IReadOnlyList<SampleRange> speech, float[] energy, double mostSeconds) =>
        (this.track, this.speech, this.energy, most) = (track, speech, energy, (long)(mostSeconds * SampleRange.Rate));

    /// <param name="energy">Of the track's frames.</param>
    public static IReadOnlyList<PlannedChunk> Of(int track, IReadOnlyList<SampleRange> speech, float[] energy, double mostSeconds)
    {
        var plan = new ChunkPlan(track, speech, energy, mostSeconds);
        for (var first = 0; first < speech.Count;)
        {
            var last = first;
            while (last + 1 < speech.Count && speech[last + 1].Start - speech[last].End < EndingPause)
            {
                last++;
            }
            plan.Cut(first, last);
            first = last + 1;
        }
        return plan.chunks;
    }

    /// <summary>Cuts stretches of speech, between which are only short pauses.</summary>
    void Cut(int first, int last)
    {
        var (start, overlap) = (speech[first].Start, 0);
        while (speech[last].End - start > most)
        {
            var (end, next) = AtPause(start, first, last) ?? AtDip(start) ?? (start + most, start + most - OverlapSamples);
            Add(start, end, overlap);
            overlap = (int)Math.Max(0, end - next);
            start = next;
            while (first < last && speech[first].End <= start)
            {
                first++;
            }
        }
        Add(start, speech[last].End, overlap);
    }

    void Add(long start, long end, int overlap) => chunks.Add(new PlannedChunk(track, chunks.Count, new SampleRange(start, end), overlap));

    /// <returns>Where the chunk ends and where the next one starts; null without a pause.</returns>
    (long End, long Next)? AtPause(long start, int first, int last)
    {
        var window = new SampleRange(start + (long)(most * PauseFrom), start + most);
        var (best, bestLength) = (-1, 0L);
        for (var i = first; i < last && speech[i].End < window.End; i++)
        {
            var pause = new SampleRange(speech[i].End, speech[i + 1].Start);
            if (pause.Within(window).Length > 0 && pause.Length >= bestLength)
            {
                (best, bestLength) = (i, pause.Length);
            }
        }
        if (best < 0)
        {
            return null;
        }
        var found = new SampleRange(speech[best].End, speech[best + 1].Start);
        if (found.Length > LongPause)
        {
            return (found.Start, found.End);
        }
        var inside = found.Within(window);
        var middle = (inside.Start + inside.End) / 2;
        return (middle, middle);
    }

    (long End, long Next)? AtDip(long start)
    {
        var from = (int)((start + (long)(most * DipFrom)) / FrameSamples);
        var frames = energy.AsSpan(from, (int)((start + most) / FrameSamples) - from);
        var (total, sum) = (0.0, 0.0);
        var (best, least) = (0, double.MaxValue);
        for (var i = 0; i < frames.Length; i++)
        {
            total += frames[i];
            sum += frames[i] - (i >= DipFrames ? frames[i - DipFrames] : 0);
            if (i >= DipFrames - 1 && sum < least)
            {
                (best, least) = (i - DipFrames + 1, sum);
            }
        }
        if (Levels.Of(total / frames.Length) - Levels.Of(least / DipFrames) < LeastDip)
        {
            return null;
        }
        var middle = ((from + best) * (long)FrameSamples) + (DipFrames * FrameSamples / 2);
        return (middle, middle);
    }
}
