using AiPlatform.ModelSimulator.Answers;

namespace AiPlatform.ModelSimulator.Messages;

/// <summary>
/// What an Anthropic request asks for, read and checked. With a <see cref="ToolName"/> the text is the input of a call; the first
/// <see cref="ThoughtTokens"/> of it are a thought; <see cref="StopText"/> is the stop sequence at which it was cut.
/// </summary>
sealed record MessagesRequest(
    string ModelName,
    ServedModel Model,
    string? FaultInName,
    AnswerText Text,
    int PromptTokens,
    int MaxTokens,
    string? ToolName,
    int ThoughtTokens,
    string? StopText,
    bool Stream);
