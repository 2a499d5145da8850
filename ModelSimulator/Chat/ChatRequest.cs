using AiPlatform.ModelSimulator.Answers;

namespace AiPlatform.ModelSimulator.Chat;

/// <summary>
/// What a chat request asks for, read and checked. With a <see cref="ToolName"/> the text is the arguments of a call, else the content;
/// <see cref="StopText"/> is the stop string at which the text was cut.
/// </summary>
sealed record ChatRequest(
    string ModelName,
    ServedModel Model,
    string? FaultInName,
    AnswerText Text,
    int PromptTokens,
    int MaxTokens,
    string? ToolName,
    string? StopText,
    bool Stream,
    bool IncludeUsage,
    bool ContinuousUsage);
