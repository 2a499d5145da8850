namespace AiPlatform.ModelSimulator.Chat;

/// <summary>What matters of the messages: how many tokens they are, and the last thing the user said.</summary>
sealed record ChatPrompt(int Tokens, string LastUserText);
