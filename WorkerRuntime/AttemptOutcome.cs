using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs;

namespace AiPlatform.WorkerRuntime;

/// <summary>How an attempt ended. Handlers answer the first two; the others follow from a cancellation's reason.</summary>
public abstract record AttemptOutcome
{
    AttemptOutcome()
    {
    }

    /// <param name="Result">Stored as the job's result; at most 8 MiB of JSON.</param>
    public sealed record Succeeded(JsonElement Result) : AttemptOutcome;

    /// <param name="Options">Whether and when to try again; the default leaves both to the category.</param>
    public sealed record Failed(JobError Error, FailOptions Options = default) : AttemptOutcome;

    /// <summary>The job goes back to its place in the line. The attempt is not spent.</summary>
    /// <param name="Pause">Before it may start again; none by default.</param>
    public sealed record Released(CancellationReason Reason, TimeSpan Pause = default) : AttemptOutcome;

    /// <summary>The job is no longer this worker's: there is nothing to record.</summary>
    public sealed record Abandoned(CancellationReason Reason) : AttemptOutcome;
}
