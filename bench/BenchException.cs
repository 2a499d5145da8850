namespace AiPlatform.Bench;

/// <summary>Why the bench cannot go on, in words for whoever started it.</summary>
sealed class BenchException(string message) : Exception(message);
