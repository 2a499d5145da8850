namespace AiPlatform.ModelSimulator.Chat;

/// <summary>How a streamed answer tells its usage: not, in a last chunk, or in every chunk as well.</summary>
sealed record ChatStream(bool IncludeUsage, bool ContinuousUsage);
