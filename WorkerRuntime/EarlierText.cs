namespace AiPlatform.WorkerRuntime;

/// <summary>What earlier runs of a job have told those who watch it.</summary>
/// <param name="StartedAt">When the run started that told the last of it.</param>
/// <param name="Tokens">Of the text, as far as they are known.</param>
/// <param name="Continued">How often a run has gone on with it already.</param>
/// <param name="PromptTokens">Of the request that it answers, as far as they are known.</param>
/// <param name="IsContinuable">Whether a run may go on with it: nothing of it was lost, and it is all that the model said.</param>
public sealed record EarlierText(string Text, DateTimeOffset StartedAt, int? Tokens, long? PromptTokens, int Continued, bool IsContinuable);
