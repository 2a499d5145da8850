using AiPlatform.Contracts;

namespace AiPlatform.WorkerRuntime;

/// <summary>A piece of generated text.</summary>
/// <param name="Tokens">Of the whole text up to its end, as far as they are known.</param>
/// <param name="IsContinuable">False where the text is not all that the model said, so that no other run can go on with it.</param>
/// <param name="From">Whose it is, as far as that is known.</param>
public readonly record struct TextPiece(string Text, int? Tokens = null, bool IsContinuable = true, TextSource From = default);
