using System.Diagnostics;
using AiPlatform.Jobs;
using Microsoft.Extensions.Logging;

namespace AiPlatform.WorkerRuntime;

/// <summary>An outcome and what the store made of it.</summary>
/// <param name="Result">Null where nothing was to be recorded, or nothing could be.</param>
sealed record RecordedOutcome(AttemptOutcome Outcome, RecordResult? Result)
{
    public string Word => (Outcome, Result) switch
    {
        (AttemptOutcome.Abandoned abandoned, _) => abandoned.Reason == CancellationReason.Cancelled ? "cancelled" : "lease lost",
        (_, null) => "not recorded",
        (_, RecordResult.LeaseLost) => "lease lost",
        (AttemptOutcome.Succeeded, _) => "completed",
        (AttemptOutcome.Failed, RecordResult.Requeued) => "failed, will be tried again",
        (AttemptOutcome.Failed, _) => "failed",
        (AttemptOutcome.Released released, _) => released.Reason == CancellationReason.Preempted ? "preempted" : "given back",
        _ => throw new UnreachableException($"Unknown outcome {Outcome.GetType().Name}."),
    };

    public LogLevel Level => Word switch
    {
        "completed" or "given back" or "preempted" or "cancelled" => LogLevel.Information,
        "not recorded" => LogLevel.Error,
        _ => LogLevel.Warning,
    };
}
