namespace AiPlatform.Api.Callbacks;

/// <summary>The pause before another call: four times the last one, a quarter of it random, so that callbacks which failed together do not come back
/// together. Eight calls with the default first pause span 17 to 23 hours.</summary>
static class CallbackBackoff
{
    const int Factor = 4;

    /// <summary>The most that a receiver's <c>Retry-After</c> is heeded.</summary>
    static readonly TimeSpan LongestAsked = TimeSpan.FromHours(1);

    /// <param name="tries">Calls so far.</param>
    /// <param name="asked">How long the receiver asked to be left alone.</param>
    /// <param name="random">0 to 1.</param>
    /// <param name="longest">No pause is longer.</param>
    public static TimeSpan After(int tries, TimeSpan first, TimeSpan? asked, TimeSpan longest, double random)
    {
        var full = first.TotalSeconds * Math.Pow(Factor, tries - 1) * (0.75 + 0.25 * random);
        var pause = TimeSpan.FromSeconds(Math.Min(full, longest.TotalSeconds));
        var heeded = asked < LongestAsked ? asked.Value : asked is null ? TimeSpan.Zero : LongestAsked;
        return pause > heeded ? pause : heeded;
    }
}
