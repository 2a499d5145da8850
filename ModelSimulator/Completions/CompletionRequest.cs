using AiPlatform.ModelSimulator.Chat;
using AiPlatform.ModelSimulator.Engine;
using AiPlatform.ModelSimulator.Personalities;

namespace AiPlatform.ModelSimulator.Completions;

/// <summary>
/// What a completion asks for, read and checked: so many answers to each prompt, one prompt's after the other's. <see cref="Prompts"/> and
/// <see cref="PromptTexts"/> have one entry for each answer.
/// </summary>
sealed record CompletionRequest(
    Personality Personality,
    string ModelName,
    ServedModel Model,
    string? FaultInName,
    IReadOnlyList<string> PromptTexts,
    IReadOnlyList<Prompt> Prompts,
    IReadOnlyList<ChatChoice> Choices,
    int AnswersOfPrompt,
    int MaxTokens,
    bool Echo,
    int? TopLogprobs,
    int Priority,
    ChatStream? Stream)
{
    public int PromptTokens { get; } = Prompts.Where((_, index) => index % AnswersOfPrompt == 0).Sum(prompt => prompt.Tokens);
}
