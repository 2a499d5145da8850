namespace AiPlatform.Jobs;

/// <summary>The pause before another attempt: exponential, capped, with "equal" jitter (half fixed, half random), so that jobs which
/// failed together do not come back together. Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.</summary>
public static class RetryBackoff
{
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    /// <summary>The pauses after the first attempt, the second and so on; the last one holds for all that follow.</summary>
    /// <param name="first">Pause after the first attempt, before jitter.</param>
    /// <param name="random">0 to 1.</param>
    public static TimeSpan[] Series(TimeSpan first, double random)
    {
        var pauses = new List<TimeSpan>();
        for (var full = first; ; full *= 2)
        {
            var capped = full < Longest ? full : Longest;
            pauses.Add(capped / 2 + capped / 2 * random);
            if (capped == Longest)
            {
                return [.. pauses];
            }
        }
    }
}
