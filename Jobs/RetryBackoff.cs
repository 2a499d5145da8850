namespace AiPlatform.Jobs;

/// <summary>The pause before another attempt: exponential, capped, with "equal" jitter (half fixed, half random), so that jobs which
/// failed together do not come back together. Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.</summary>
public static class RetryBackoff
{
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    /// <summary>The full pauses after the first attempt, the second and so on; the last one holds for all that follow. The statement that
    /// records the failure takes half of it and a random part of the other half.</summary>
    /// <param name="first">Pause after the first attempt.</param>
    public static TimeSpan[] Series(TimeSpan first)
    {
        var pauses = new List<TimeSpan>();
        for (var full = first; full < Longest; full *= 2)
        {
            pauses.Add(full);
        }
        return [.. pauses, Longest];
    }
}
