namespace AiPlatform.Testing;

/// <summary>Tells "there is nothing here to run the servers with" from every other failure to start.</summary>
static class MissingServer
{
    public static bool Explains(Exception exception) =>
        exception is FileNotFoundException
        || exception.Message.Contains("container runtime", StringComparison.OrdinalIgnoreCase)
        || (exception.InnerException is { } inner && Explains(inner));
}
