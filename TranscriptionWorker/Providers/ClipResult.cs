using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>What became of a call to a provider, and how long it took.</summary>
abstract record ClipResult
{
    ClipResult()
    {
    }

    /// <summary>From the request to the last byte.</summary>
    public required TimeSpan Duration { get; init; }

    public sealed record Answered(ClipTranscript Transcript) : ClipResult;

    /// <param name="Refusal">What would help, where it is known.</param>
    public sealed record Failed(ProviderFailure Failure, ClipRefusal Refusal) : ClipResult;
}
