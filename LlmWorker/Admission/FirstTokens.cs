namespace AiPlatform.LlmWorker.Admission;

/// <summary>How long the first tokens of alike calls took: the mean of the latest, each counting for a fifth, and the best that it was.</summary>
readonly record struct FirstTokens
{
    /// <summary>The mean is this much longer than the best.</summary>
    const double Slowness = 3;
    const double Weight = 0.2;
    const int FewestAnswers = 10;

    /// <summary>What no person and no other load would notice.</summary>
    static readonly TimeSpan Noise = TimeSpan.FromSeconds(0.5);

    /// <summary>The best is forgotten by doubling in this time: a server may have become slower for good.</summary>
    static readonly TimeSpan BestDoubles = TimeSpan.FromMinutes(10);

    double Mean { get; init; }

    double Best { get; init; }

    long BestAt { get; init; }

    int Answers { get; init; }

    public bool AreSlow => Answers >= FewestAnswers && Mean > Slowness * Best && Mean - Best > Noise.TotalSeconds;

    public FirstTokens With(double seconds, TimeProvider time)
    {
        var now = time.GetTimestamp();
        var mean = Answers == 0 ? seconds : Mean + Weight * (seconds - Mean);
        var faded = Answers == 0 ? mean : Best * Math.Pow(2, time.GetElapsedTime(BestAt, now) / BestDoubles);
        return new FirstTokens { Mean = mean, Best = Math.Min(mean, faded), BestAt = now, Answers = Math.Min(Answers + 1, FewestAnswers) };
    }
}
