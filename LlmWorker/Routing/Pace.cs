namespace AiPlatform.LlmWorker.Routing;

/// <summary>How fast a deployment was lately: means in which each answer counts for a fifth, and which fade, so that one that was slow once is tried
/// again.</summary>
sealed class Pace(TimeProvider time)
{
    const double Weight = 0.2;
    static readonly TimeSpan HalfLife = TimeSpan.FromMinutes(1);

    readonly Lock gate = new();
    double? toFirst;
    double? perToken;
    long measuredAt;

    /// <summary>Null where nothing was measured yet.</summary>
    public TimeSpan? ToFirstToken => Read(toFirst);

    public TimeSpan? PerToken => Read(perToken);

    public void Measured(TimeSpan toFirstToken, TimeSpan? perTokenTime)
    {
        lock (gate)
        {
            toFirst = Mean(toFirst, toFirstToken.TotalSeconds);
            perToken = perTokenTime is { } each ? Mean(perToken, each.TotalSeconds) : perToken;
            measuredAt = time.GetTimestamp();
        }
    }

    /// <summary>Seconds that an answer of so many tokens is expected to take; null where nothing was measured yet.</summary>
    public double? Expected(int tokens)
    {
        lock (gate)
        {
            if (toFirst is not { } first)
            {
                return null;
            }
            var fading = Math.Pow(0.5, time.GetElapsedTime(measuredAt) / HalfLife);
            return (first + tokens * (perToken ?? 0)) * fading;
        }
    }

    static double Mean(double? before, double now) => before is { } mean ? mean + Weight * (now - mean) : now;

    TimeSpan? Read(double? seconds)
    {
        lock (gate)
        {
            return seconds is { } value ? TimeSpan.FromSeconds(value) : null;
        }
    }
}
