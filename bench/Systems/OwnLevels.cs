using AiPlatform.Contracts;

namespace AiPlatform.Bench.Systems;

/// <summary>What both levels of our own say of a job.</summary>
static class OwnLevels
{
    public const string Owner = "bench";
    public const string Task = "bench";
    public const string Worker = "bench-worker";

    /// <summary>Long enough that no lease ends in a measurement.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(15);

    public static readonly TimeSpan ClaimWait = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan ResultWait = TimeSpan.FromSeconds(30);

    public static JobPriority Priority(string? level) => level switch
    {
        null or "normal" => JobPriority.Normal,
        "high" => JobPriority.High,
        "low" => JobPriority.Low,
        _ => throw new ArgumentOutOfRangeException(nameof(level), level, "low, normal or high is expected."),
    };
}
