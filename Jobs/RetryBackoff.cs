namespace AiPlatform.Jobs;

/// <summary>The pause before another attempt: exponential, capped, with "equal" jitter (half fixed, half random), so that jobs which
/// failed together do not come back together. Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.</summary>
public static class RetryBackoff
{
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    /// <param name="first">Pause after the first attempt.</param>
    /// <param name="attempt">The attempt that failed, 1 being the first.</param>
    /// <param name="random">0 to 1.</param>
    public static TimeSpan After(TimeSpan first, int attempt, double random)
    {
        // 2^20 times 10 ms is beyond the cap already; a larger exponent would only overflow.
        var full = Math.Min(Longest.TotalSeconds, first.TotalSeconds * Math.Pow(2, Math.Min(attempt - 1, 20)));
        return TimeSpan.FromSeconds(full / 2 + full / 2 * random);
    }
}
