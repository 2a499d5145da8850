using AiPlatform.TranscriptionWorker.Audio;

namespace AiPlatform.TranscriptionWorker.Segments;

/// <summary>The time in a stretch of audio in which somebody speaks: a clock that stands still in pauses.</summary>
sealed class SpeechTime
{
    /// <summary>Seconds of silence that belong to each end of a range of speech, so that no first or last sound is lost.</summary>
    const double Margin = 0.1;

    /// <summary>Seconds between two ranges of speech; what is shorter belongs to the speech.</summary>
    const double LeastPause = 0.3 - (2 * Margin);
    const double LeastSpoken = 0.02;

    readonly double[] before;

    SpeechTime(IReadOnlyList<(double Start, double End)> islands, bool isHeard)
    {
        Islands = islands;
        IsHeard = isHeard;
        before = new double[islands.Count + 1];
        for (var i = 0; i < islands.Count; i++)
        {
            before[i + 1] = before[i] + Math.Max(LeastSpoken, islands[i].End - islands[i].Start - (isHeard ? 2 * Margin : 0));
        }
    }

    /// <summary>Seconds of the file, in order, a pause between each two; at least one.</summary>
    public IReadOnlyList<(double Start, double End)> Islands { get; }

    /// <summary>False where no speech was found and all of the stretch counts as such.</summary>
    public bool IsHeard { get; }

    /// <summary>Seconds spoken.</summary>
    public double Total => before[^1];

    /// <summary>Pauses between the islands: number 0 is the one after the first.</summary>
    public int Pauses => Islands.Count - 1;

    public static SpeechTime Of(IReadOnlyList<SampleRange> speech, SampleRange stretch)
    {
        List<(double Start, double End)> islands = [];
        foreach (var range in speech.Select(range => range.Within(stretch)).Where(range => range.Length > 0))
        {
            if (islands.Count > 0 && range.StartSeconds - islands[^1].End < LeastPause)
            {
                islands[^1] = (islands[^1].Start, Math.Max(islands[^1].End, range.EndSeconds));
            }
            else
            {
                islands.Add((range.StartSeconds, range.EndSeconds));
            }
        }
        return islands.Count > 0 ? new SpeechTime(islands, isHeard: true) : new SpeechTime([(stretch.StartSeconds, stretch.EndSeconds)], isHeard: false);
    }

    /// <summary>Seconds spoken before a pause.</summary>
    public double SpokenBefore(int pause) => before[pause + 1];

    /// <summary>Seconds of silence in a pause.</summary>
    public double Silence(int pause) => Islands[pause + 1].Start - Islands[pause].End + (2 * Margin);

    /// <returns>The place in the file after so many seconds of speech.</returns>
    public double Place(double spoken)
    {
        for (var i = 0; i < Islands.Count; i++)
        {
            if (spoken < before[i + 1])
            {
                var (start, end) = Islands[i];
                return start + (Math.Max(0, spoken - before[i]) * (end - start) / (before[i + 1] - before[i]));
            }
        }
        return Islands[^1].End;
    }
}
