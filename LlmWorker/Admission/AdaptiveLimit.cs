namespace AiPlatform.LlmWorker.Admission;

/// <summary>How many calls at a time a server seems to bear: fewer at once after it refused one as too many, or when its first tokens take far
/// longer than they did; then one more every ten seconds, up to the configured number.</summary>
/// <remarks>Not safe for several threads.</remarks>
sealed class AdaptiveLimit(int configured, TimeProvider time)
{
    public static readonly TimeSpan StepUp = TimeSpan.FromSeconds(10);

    /// <summary>What is left of the calls under way when one is refused.</summary>
    const double AfterRefusal = 0.7;
    const double AfterSlowness = 0.9;

    /// <summary>The mean of the latest, each counting for a fifth, is this much longer than the best there was.</summary>
    const double Slowness = 3;
    const double Weight = 0.2;
    const int FewestAnswers = 10;

    /// <summary>What no person and no other load would notice.</summary>
    static readonly TimeSpan Noise = TimeSpan.FromSeconds(0.5);

    /// <summary>The best is forgotten by doubling in this time, so that longer prompts do not count as slowness for ever.</summary>
    static readonly TimeSpan BestDoubles = TimeSpan.FromMinutes(10);

    // What it fell to, and when.
    int fallen;
    long? fellAt;
    double? mean;
    double best;
    long bestAt;
    int answers;

    public int Now => fellAt is { } at ? (int)Math.Min(configured, fallen + time.GetElapsedTime(at) / StepUp) : configured;

    /// <summary>A call was refused as too many, or not answered in time.</summary>
    /// <param name="begunAt">Of those that were under way together only the first lowers the limit.</param>
    /// <param name="inFlight">With this one.</param>
    public void Refused(long begunAt, int inFlight) => Fall(begunAt, Math.Min(Now, Math.Max(1, inFlight)) * AfterRefusal);

    public void Answered(long begunAt, TimeSpan toFirstToken)
    {
        var now = time.GetTimestamp();
        mean = mean is { } before ? before + Weight * (toFirstToken.TotalSeconds - before) : toFirstToken.TotalSeconds;
        var faded = answers == 0 ? double.MaxValue : best * Math.Pow(2, time.GetElapsedTime(bestAt, now) / BestDoubles);
        (best, bestAt) = (Math.Min(mean.Value, faded), now);
        answers++;
        if (answers >= FewestAnswers && mean > Slowness * best && mean - best > Noise.TotalSeconds)
        {
            Fall(begunAt, Now * AfterSlowness);
        }
    }

    void Fall(long begunAt, double to)
    {
        if (fellAt is { } at && begunAt <= at)
        {
            return;
        }
        (fallen, fellAt) = (Math.Max(1, (int)to), time.GetTimestamp());
    }
}
