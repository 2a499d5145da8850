using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>What became of a call to a provider, and how long it took.</summary>
abstract record CallResult
{
    CallResult()
    {
    }

    /// <summary>From the request to the last byte.</summary>
    public required TimeSpan Duration { get; init; }

    public sealed record Answered(ServerAnswer Answer) : CallResult;

    public sealed record Failed(ProviderFailure Failure) : CallResult;
}
