namespace AiPlatform.ModelSimulator.Chat;

/// <summary>A function of the request and arguments, as JSON, that fit its parameters.</summary>
sealed record ToolCall(string Name, string Arguments);
