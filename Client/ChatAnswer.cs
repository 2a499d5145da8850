using AiPlatform.Contracts;

namespace AiPlatform.Client;

/// <summary>The answer to a chat.</summary>
/// <param name="JobId">The job that gave it.</param>
public sealed record ChatAnswer(Guid JobId, ChatResult Result)
{
    /// <summary>What the model said; null where it answered with tool calls only.</summary>
    public string? Content => Result.Content;
}
