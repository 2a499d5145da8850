using AiPlatform.Contracts;

namespace AiPlatform.TranscriptionWorker.Speakers;

/// <summary>
/// Guesses which of two people says each sentence of one track: their voices are divided in two (2-means), and the likeliest sequence of speakers is
/// taken by sound and turn-taking together (Viterbi). Where the voices hardly differ all is one speaker's.
/// </summary>
static class TwoVoices
{
    /// <summary>Distance of the two voices, in units of <see cref="Voice"/>, from which on they are two. Any crowd of one voice's sentences divided in two is 1.6 apart.</summary>
    const double LeastApart = 3;

    /// <summary>The same where the job says that there are two.</summary>
    const double LeastApartKnown = 1;

    /// <summary>The distance must also be so many times the spread of the voices, along the line between them.</summary>
    const double LeastSpreads = 2.8;
    const int MostRounds = 20;

    /// <summary>Seconds from which on a sentence's sound counts fully; a short "yes" says little of its voice.</summary>
    const double FullWeight = 2;

    /// <returns>0 or 1 for each sentence, in order of appearance; null where there is only one voice.</returns>
    public static int[]? Divide(IReadOnlyList<TranscriptSegment> sentences, IReadOnlyList<Voice> voices, bool areTwo)
    {
        if (voices.Count < 2 || Centres(voices) is not var (one, other))
        {
            return null;
        }
        var apart = Math.Sqrt(one.Distance(other));
        if (apart < (areTwo ? LeastApartKnown : LeastApart) || (!areTwo && apart < LeastSpreads * Spread(voices, one, other)))
        {
            return null;
        }
        var states = Likeliest(sentences, voices, one, other);
        return states.Contains(0) && states.Contains(1) ? [.. states.Select(state => state == states[0] ? 0 : 1)] : null;
    }

    /// <returns>Null where all sound the same.</returns>
    static (Voice One, Voice Other)? Centres(IReadOnlyList<Voice> voices)
    {
        // From the two that differ most, of those that were heard long enough to be sure.
        var sure = voices.Where(voice => voice.Weight >= FullWeight / 2).Take(400).ToList();
        var from = sure.Count >= 2 ? sure : [.. voices.Take(400)];
        var mean = Voice.Mean(from);
        var one = from.MaxBy(voice => voice.Distance(mean));
        var other = from.MaxBy(voice => voice.Distance(one));
        for (var round = 0; round < MostRounds; round++)
        {
            var near = voices.Where(voice => voice.Distance(one) <= voice.Distance(other)).ToList();
            if (near.Count == 0 || near.Count == voices.Count)
            {
                return null;
            }
            var (newOne, newOther) = (Voice.Mean(near), Voice.Mean([.. voices.Where(voice => voice.Distance(one) > voice.Distance(other))]));
            if (newOne == one && newOther == other)
            {
                break;
            }
            (one, other) = (newOne, newOther);
        }
        return (one, other);
    }

    /// <summary>Root mean square of the distance of each sentence from its centre, along the line between the centres.</summary>
    static double Spread(IReadOnlyList<Voice> voices, Voice one, Voice other)
    {
        var apart = one.Distance(other);
        var (sum, weight) = (0d, 0d);
        foreach (var voice in voices)
        {
            var (near, far) = (voice.Distance(one), voice.Distance(other));
            // From the cosine rule: the distance along the line, from the nearer end.
            var along = (apart + Math.Min(near, far) - Math.Max(near, far)) / (2 * Math.Sqrt(apart));
            sum += along * along * voice.Weight;
            weight += voice.Weight;
        }
        return Math.Sqrt(sum / weight);
    }

    static int[] Likeliest(IReadOnlyList<TranscriptSegment> sentences, IReadOnlyList<Voice> voices, Voice one, Voice other)
    {
        var cameFrom = new int[voices.Count, 2];
        var cost = (Zero: Cost(voices[0], one), One: Cost(voices[0], other));
        for (var i = 1; i < voices.Count; i++)
        {
            var change = TurnTaking.ChangeLikelihood(sentences[i - 1], sentences[i]);
            var (changed, stayed) = (-Math.Log(change), -Math.Log(1 - change));
            cameFrom[i, 0] = cost.Zero + stayed <= cost.One + changed ? 0 : 1;
            cameFrom[i, 1] = cost.One + stayed <= cost.Zero + changed ? 1 : 0;
            cost = (
                Cost(voices[i], one) + Math.Min(cost.Zero + stayed, cost.One + changed),
                Cost(voices[i], other) + Math.Min(cost.One + stayed, cost.Zero + changed));
        }
        var states = new int[voices.Count];
        states[^1] = cost.Zero <= cost.One ? 0 : 1;
        for (var i = voices.Count - 1; i > 0; i--)
        {
            states[i - 1] = cameFrom[i, states[i]];
        }
        return states;
    }

    static double Cost(Voice voice, Voice centre) => 0.5 * voice.Distance(centre) * Math.Min(1, voice.Weight / FullWeight);
}
