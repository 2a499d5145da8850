using System.Globalization;
using AiPlatform.ModelSimulator.Http;

namespace AiPlatform.ModelSimulator.Faults;

/// <summary>
/// One fault and its numbers, written as <c>kind;key=value;key=value</c>: the tokens a client gets before it happens, the length of a
/// pause (none: for ever), the time between two tokens, the status it answers with, and when it says to come again.
/// </summary>
sealed record Fault(
    FaultKind Kind,
    int After,
    TimeSpan? For,
    TimeSpan Every,
    int Code,
    int? RetryAfterSeconds,
    int? RetryAtSeconds,
    int? RetryAfterMs,
    string? ErrorCode,
    string? Message)
{
    public string Text => Message ?? $"Simulated fault: {FaultText.Name(Kind)}.";

    /// <summary>Ends the answer in the middle.</summary>
    public bool Breaks => Kind is FaultKind.Cut or FaultKind.Error or FaultKind.Truncate;

    public ApiError Error(DateTimeOffset now) => ApiError.Of(Code, Text) with
    {
        CodeName = ErrorCode,
        RetryAfter = RetryAtSeconds is { } date
            ? now.AddSeconds(date).ToString("R", CultureInfo.InvariantCulture)
            : RetryAfterSeconds?.ToString(CultureInfo.InvariantCulture),
        RetryAfterMs = RetryAfterMs
    };

    public TimeSpan Pause => For ?? Timeout.InfiniteTimeSpan;
}
