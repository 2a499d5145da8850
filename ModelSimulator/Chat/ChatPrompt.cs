namespace AiPlatform.ModelSimulator.Chat;

/// <summary>
/// What matters of the messages: how many tokens they are, the last thing the user said, and the beginning of the answer where the
/// model is to go on with one (else empty).
/// </summary>
sealed record ChatPrompt(int Tokens, string LastUserText, string Beginning);
