using AiPlatform.ModelSimulator.Answers;

namespace AiPlatform.ModelSimulator.Chat;

/// <summary>
/// What one choice will say: so many tokens of thought, then the answer. <see cref="StopText"/> is the stop string at which it was cut.
/// </summary>
sealed record ChatChoice(AnswerText Text, string? StopText, int ThoughtTokens = 0);
