namespace AiPlatform.TranscriptionWorker.Segments;

/// <summary>
/// Which pause each sentence ends at. Most sentences end at one and most long pauses end a sentence, but not all; and sentences take about as long as
/// their text has it. The likeliest choice is found for the whole text at once (dynamic programming over pairs of sentence and pause), each part of
/// the cost being minus the logarithm of a likelihood.
/// </summary>
static class PauseChoice
{
    /// <summary>For a sentence that ends at no pause.</summary>
    const double NoPause = 1.5;

    /// <summary>For a pause within a sentence, and for each second that it is longer than a comma's.</summary>
    const double InsidePause = 0.2;
    const double InsideSecond = 1.5;
    const double CommaSeconds = 0.3;
    const double MostInside = 4;

    /// <summary>Variance, in square seconds, of how long a text takes, and what each second of it adds.</summary>
    const double Variance = 0.03;
    const double VariancePerSecond = 0.05;

    /// <summary>Seconds of speech that a pause may be from where the length of the text has the sentence's end.</summary>
    const double Reach = 5;

    /// <summary>Pauses that may follow each other within sentences.</summary>
    const int MostInsideSentence = 16;

    /// <summary>People end no more sentences in a second; the text is made up, and not worth the work.</summary>
    const double MostSentencesPerSecond = 4;

    /// <param name="ends">Seconds of speech after which each sentence ends by the length of the text; the last one is all of it.</param>
    /// <returns>The pause after each sentence; null for none, and for the last.</returns>
    public static int?[] Of(double[] ends, SpeechTime speech)
    {
        var pauses = new int?[ends.Length];
        if (ends.Length > (MostSentencesPerSecond * speech.Total) + 1)
        {
            return pauses;
        }
        List<List<State>> states = [];
        var passed = new double[speech.Pauses + 1];
        var start = new State(Sentence: -1, Pause: -1, Spoken: 0, Expected: 0, Cost: 0, From: null);
        var first = 0;
        for (var pause = 0; pause < speech.Pauses; pause++)
        {
            passed[pause + 1] = passed[pause] + Inside(speech.Silence(pause));
            var spoken = speech.SpokenBefore(pause);
            while (first < ends.Length - 1 && ends[first] < spoken - Reach)
            {
                first++;
            }
            List<State> here = [];
            for (var sentence = first; sentence < ends.Length - 1 && ends[sentence] <= spoken + Reach; sentence++)
            {
                if (Best(Before(pause), new State(sentence, pause, spoken, ends[sentence], 0, null)) is { } state)
                {
                    here.Add(state);
                }
            }
            states.Add(here);
        }
        var last = Best(Before(speech.Pauses), new State(ends.Length - 1, speech.Pauses, speech.Total, speech.Total, 0, null));
        for (var state = last?.From; state is { From: not null }; state = state.From)
        {
            pauses[state.Sentence] = state.Pause;
        }
        return pauses;

        IEnumerable<State> Before(int pause)
        {
            var from = Math.Max(0, pause - MostInsideSentence - 1);
            return states.Skip(from).SelectMany(some => some).Prepend(start).Where(state => pause - state.Pause <= MostInsideSentence + 1);
        }

        State? Best(IEnumerable<State> before, State state)
        {
            State? best = null;
            foreach (var from in before.Where(from => from.Sentence < state.Sentence))
            {
                var cost = from.Cost
                    + Deviation(state.Spoken - from.Spoken, state.Expected - from.Expected)
                    + (NoPause * (state.Sentence - from.Sentence - 1))
                    + (passed[state.Pause] - passed[from.Pause + 1]);
                if (best is null || cost < best.Cost)
                {
                    best = state with { Cost = cost, From = from };
                }
            }
            return best;
        }
    }

    static double Deviation(double spoken, double expected) => (spoken - expected) * (spoken - expected) / (2 * (Variance + (VariancePerSecond * expected)));

    static double Inside(double silence) => Math.Min(MostInside, InsidePause + (InsideSecond * Math.Max(0, silence - CommaSeconds)));

    /// <param name="Sentence">Ends at the pause.</param>
    /// <param name="Spoken">Seconds of speech before the pause.</param>
    /// <param name="Expected">The same by the length of the text.</param>
    /// <param name="From">The sentence and pause before it in the likeliest choice that leads here.</param>
    sealed record State(int Sentence, int Pause, double Spoken, double Expected, double Cost, State? From);
}
