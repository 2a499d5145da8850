namespace AiPlatform.ServiceDefaults.Startup;

/// <summary>The process cannot start, for a reason that its operator can change. The message is all that is shown.</summary>
sealed class StartupException(string message) : Exception(message);
