namespace AiPlatform.ModelSimulator.Faults;

/// <summary>
/// One fault and its numbers, written as <c>kind;key=value;key=value</c>: the tokens a client gets before it happens, the length of a
/// pause (none: for ever), the time between two tokens, and the status it answers with.
/// </summary>
sealed record Fault(
    FaultKind Kind,
    int After,
    TimeSpan? For,
    TimeSpan Every,
    int Code,
    int? RetryAfterSeconds,
    string? Message)
{
    public string Text => Message ?? $"Simulated fault: {FaultText.Name(Kind)}.";

    /// <summary>Ends the answer in the middle.</summary>
    public bool Breaks => Kind is FaultKind.Cut or FaultKind.Error or FaultKind.Truncate;

    public TimeSpan Pause => For ?? Timeout.InfiniteTimeSpan;
}
