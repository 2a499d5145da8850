using AiPlatform.Contracts;

namespace AiPlatform.Api.Requests;

/// <summary>A duration that a caller wrote, within limits.</summary>
static class DurationField
{
    public static string? Fault(string text, TimeSpan minimum, TimeSpan maximum) =>
        Durations.TryParse(text, out var duration) && duration >= minimum && duration <= maximum
            ? null
            : $"{Shown.Before($"'{text}'")}is not allowed; allowed: {Range(minimum, maximum)}.";

    static string Range(TimeSpan minimum, TimeSpan maximum) => minimum == TimeSpan.Zero
        ? $"a duration such as 30s, at most {Write(maximum)}"
        : $"a duration such as 72h, from {Write(minimum)} to {Write(maximum)}";

    static string Write(TimeSpan duration) =>
        duration.Ticks % TimeSpan.TicksPerHour == 0 ? $"{duration.Ticks / TimeSpan.TicksPerHour}h" : $"{(long)duration.TotalSeconds}s";
}
