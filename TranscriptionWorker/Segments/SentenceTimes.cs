namespace AiPlatform.TranscriptionWorker.Segments;

/// <summary>When each sentence of a text was said: the text is laid on the speech by its length, and sentences end at pauses where that is likely.</summary>
static class SentenceTimes
{
    /// <returns>Start and end of each sentence in seconds of the file, in their order.</returns>
    public static (double Start, double End)[] Of(IReadOnlyList<string> sentences, SpeechTime speech)
    {
        var lengths = sentences.Select(SpokenLength.Of).ToArray();
        var ends = new double[sentences.Count];
        ends[^1] = speech.Total;
        Spread(lengths, ends, 0, sentences.Count - 1);
        var pauses = PauseChoice.Of(ends, speech);
        // What ends at no pause lies between what does, as its length has it.
        var from = 0;
        for (var i = 0; i < sentences.Count; i++)
        {
            if (pauses[i] is not null || i == sentences.Count - 1)
            {
                ends[i] = pauses[i] is { } pause ? speech.SpokenBefore(pause) : speech.Total;
                Spread(lengths, ends, from, i);
                from = i + 1;
            }
        }
        var times = new (double Start, double End)[sentences.Count];
        for (var i = 0; i < sentences.Count; i++)
        {
            var start = i == 0 ? speech.Islands[0].Start : pauses[i - 1] is { } before ? speech.Islands[before + 1].Start : speech.Place(ends[i - 1]);
            var end = i == sentences.Count - 1 ? speech.Islands[^1].End : pauses[i] is { } pause ? speech.Islands[pause].End : speech.Place(ends[i]);
            times[i] = (start, end);
        }
        return times;
    }

    /// <summary>Spreads sentences between the end before <paramref name="first"/> and that of <paramref name="last"/>, by their length.</summary>
    static void Spread(double[] lengths, double[] ends, int first, int last)
    {
        var start = first == 0 ? 0 : ends[first - 1];
        var length = ends[last] - start;
        var total = lengths[first..(last + 1)].Sum();
        var before = 0d;
        for (var i = first; i < last; i++)
        {
            ends[i] = start + (length * (before += lengths[i]) / total);
        }
    }
}
