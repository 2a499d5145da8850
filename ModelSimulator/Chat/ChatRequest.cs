using AiPlatform.ModelSimulator.Audio;
using AiPlatform.ModelSimulator.Personalities;

namespace AiPlatform.ModelSimulator.Chat;

/// <summary>
/// What a chat request asks for, read and checked. With a <see cref="ToolName"/> the texts are the arguments of a call, else the content;
/// <see cref="HeldTokens"/> of the prompt are in the cache while it is answered: fewer than usage tells where a server cuts silently;
/// <see cref="TopLogprobs"/> is none when no log probabilities were asked for.
/// </summary>
sealed record ChatRequest(
    Personality Personality,
    string ModelName,
    ServedModel Model,
    string? FaultInName,
    IReadOnlyList<ChatChoice> Choices,
    int PromptTokens,
    int HeldTokens,
    int MaxTokens,
    string? ToolName,
    int? TopLogprobs,
    int Priority,
    ChatStream? Stream)
{
    /// <summary>Names of the prompt's blocks, where prompts are cached.</summary>
    public IReadOnlyList<ulong>? PromptBlocks { get; init; }

    /// <summary>What is heard in the recording it brings.</summary>
    public Heard? Heard { get; init; }
}
