namespace AiPlatform.LlmWorker.Chat;

/// <summary>The head of a server's answer, and its body as it comes.</summary>
/// <param name="header">The value of a header; null where it is not there.</param>
/// <param name="connection">What holds the connection.</param>
sealed class ServerAnswer(int status, Stream? body, Func<string, string?> header, IDisposable connection) : IDisposable
{
    public int Status => status;

    public Stream Body => body ?? Stream.Null;

    public string? MediaType => header("Content-Type")?.Split(';')[0].Trim().ToLowerInvariant();

    public string? Header(string name) => header(name);

    public void Dispose() => connection.Dispose();
}
