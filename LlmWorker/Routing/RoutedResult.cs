using AiPlatform.LlmWorker.Chat;
using AiPlatform.LlmWorker.Embeddings;
using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.LlmWorker.Routing;

/// <summary>What became of a chat, or of a request for embeddings.</summary>
abstract record RoutedResult
{
    RoutedResult()
    {
    }

    /// <param name="Fallback">Such as <c>quality->fast</c>; null where a model of the job's own group answered.</param>
    public sealed record Answered(ChatCallResult.Answered Call, Deployment By, string Group, string? Fallback) : RoutedResult;

    public sealed record Embedded(EmbeddingCallResult.Answered Call, Deployment By, string Group) : RoutedResult;

    /// <summary>Its models had too much to do, and none worked at it.</summary>
    public sealed record NoRoom : RoutedResult;

    public sealed record Failed(ProviderFailure Failure) : RoutedResult;
}
