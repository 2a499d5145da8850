using AiPlatform.LlmWorker.Routing;
using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.LlmWorker.Chat;

/// <summary>What became of a call to a provider, and how long it took.</summary>
abstract record ChatCallResult : ICallResult
{
    ChatCallResult()
    {
    }

    ProviderFailure? ICallResult.Failure => (this as Failed)?.Failure;

    /// <summary>From the request to the last byte.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>From the request to the first thing the model said; null where it said nothing.</summary>
    public TimeSpan? TimeToFirstToken { get; init; }

    /// <summary>Mean time between two chunks of the answer; null for fewer than two.</summary>
    public TimeSpan? TimePerChunk { get; init; }

    long? ICallResult.PromptTokens => ChatUsage.Read(Answer.Usage);

    /// <summary>As far as it came.</summary>
    public required ChatAnswer Answer { get; init; }

    public sealed record Answered : ChatCallResult;

    public sealed record Failed(ProviderFailure Failure) : ChatCallResult;

    /// <summary>The job was told to stop.</summary>
    public sealed record Stopped : ChatCallResult;
}
