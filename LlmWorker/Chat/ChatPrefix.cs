namespace AiPlatform.LlmWorker.Chat;

/// <summary>The beginning of an answer that another call said before it broke off.</summary>
/// <param name="Tokens">Of the text.</param>
/// <param name="PromptTokens">Of the request, as the first server counted them; null where it did not say.</param>
/// <param name="Continued">How many calls have gone on with the answer, the next one included.</param>
sealed record ChatPrefix(string Text, int Tokens, long? PromptTokens, int Continued)
{
    /// <summary>What the model is given to go on from. Templates cut off the white space at its end, and the model says that once more.</summary>
    public string Given => Text.TrimEnd();

    /// <summary>What of the text is not given.</summary>
    public string Kept => Text[Given.Length..];
}
