using AiPlatform.LlmWorker.Routing;
using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.LlmWorker.Embeddings;

/// <summary>What became of a call to a provider for embeddings, and how long it took.</summary>
abstract record EmbeddingCallResult : ICallResult
{
    EmbeddingCallResult()
    {
    }

    /// <summary>From the request to the last byte.</summary>
    public required TimeSpan Duration { get; init; }

    ProviderFailure? ICallResult.Failure => (this as Failed)?.Failure;

    /// <summary>All of it comes at once.</summary>
    TimeSpan? ICallResult.TimeToFirstToken => Duration;

    TimeSpan? ICallResult.TimePerChunk => null;

    long? ICallResult.PromptTokens => null;

    public sealed record Answered(EmbeddingAnswer Answer) : EmbeddingCallResult;

    public sealed record Failed(ProviderFailure Failure) : EmbeddingCallResult;
}
