namespace Aspire.Hosting.Runtime;

sealed record ProcessStart(IReadOnlyList<string> Command, string Directory)
{
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>The signal that asks the process to end in an orderly way.</summary>
    public Signal StopSignal { get; init; } = Signal.Term;
}
