namespace AiPlatform.Jobs.Index;

/// <summary>An answer that cannot be one to what was asked. Older clients (StackExchange.Redis 1.2.6) have been seen to mix up answers of commands
/// that were under way while connections broke.</summary>
sealed class RedisAnswerException(string message, Exception cause) : Exception(message, cause);
