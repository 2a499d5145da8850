namespace AiPlatform.ModelSimulator.Chat;

/// <summary>
/// What a chat request asks for, read and checked. With a <see cref="ToolName"/> the texts are the arguments of a call, else the content;
/// <see cref="TopLogprobs"/> is none when no log probabilities were asked for.
/// </summary>
sealed record ChatRequest(
    string ModelName,
    ServedModel Model,
    string? FaultInName,
    IReadOnlyList<ChatChoice> Choices,
    int PromptTokens,
    int MaxTokens,
    string? ToolName,
    int? TopLogprobs,
    int Priority,
    ChatStream? Stream);
