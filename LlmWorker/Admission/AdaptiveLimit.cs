namespace AiPlatform.LlmWorker.Admission;

/// <summary>How many calls at a time a server seems to bear: fewer at once after it refused one as too many, or when it is fully used and its first tokens
/// take far longer than they did; then one more every ten seconds, up to the configured number.</summary>
/// <remarks>Not safe for several threads.</remarks>
sealed class AdaptiveLimit(int configured, TimeProvider time)
{
    public static readonly TimeSpan StepUp = TimeSpan.FromSeconds(10);

    /// <summary>What is left of the calls under way when one is refused.</summary>
    const double AfterRefusal = 0.7;
    const double AfterSlowness = 0.9;

    /// <summary>Slow answers are a sign, and no refusal: they leave so much of the configured number.</summary>
    const double LeastBySlowness = 0.5;

    // Prompts of fewer tokens are all alike, each size then takes those up to twice as long.
    const int SmallestSize = 6;

    readonly FirstTokens[] bySize = new FirstTokens[64];

    // What it fell to, and when.
    double fallen;
    long? fellAt;

    public int Configured { get; set; } = configured;

    public int Now => (int)Level;

    double Level => fellAt is { } at ? Math.Min(Configured, fallen + time.GetElapsedTime(at) / StepUp) : Configured;

    /// <summary>A call was refused as too many, or not answered in time.</summary>
    /// <param name="begunAt">Of those that were under way together only the first lowers the limit.</param>
    /// <param name="inFlight">With this one.</param>
    public void Refused(long begunAt, int inFlight)
    {
        if (fellAt is not { } at || begunAt > at)
        {
            Fall(Math.Floor(Math.Min(Now, Math.Max(1, inFlight)) * AfterRefusal));
        }
    }

    /// <param name="promptTokens">A longer prompt takes longer, which is no sign of too many calls: only prompts of about the same size are compared.</param>
    /// <param name="isFull">Whether as many calls are under way as may be. Otherwise it is not they that make it slow.</param>
    public void Answered(TimeSpan toFirstToken, long promptTokens, bool isFull)
    {
        ref var size = ref bySize[Math.Max(SmallestSize, long.Log2(Math.Max(1, promptTokens)))];
        size = size.With(toFirstToken.TotalSeconds, time);
        var least = Math.Max(1, Configured * LeastBySlowness);
        // Once in the time of a step, or what rises would never show.
        if (isFull && size.AreSlow && Level > least && (fellAt is not { } at || time.GetElapsedTime(at) >= StepUp))
        {
            Fall(Math.Max(Level * AfterSlowness, least));
        }
    }

    void Fall(double to) => (fallen, fellAt) = (Math.Max(1, to), time.GetTimestamp());
}
