using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.LlmWorker.Routing;

/// <summary>What the router has to know of a call to a provider: a chat, or one for embeddings.</summary>
interface ICallResult
{
    /// <summary>Null for an answer.</summary>
    ProviderFailure? Failure { get; }

    /// <summary>From the request to the first thing the model said; null where it said nothing.</summary>
    TimeSpan? TimeToFirstToken { get; }

    /// <summary>Mean time between two parts of the answer; null for fewer than two.</summary>
    TimeSpan? TimePerChunk { get; }

    /// <summary>That the model had to read, without those it knew from before; null where the server does not tell.</summary>
    long? PromptTokens { get; }
}
