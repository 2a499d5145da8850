namespace AiPlatform.ModelSimulator.Admin;

/// <summary>Armed faults, oldest first; <c>times</c> counts what is left.</summary>
sealed record FaultList(IReadOnlyList<FaultOrder> Faults);
