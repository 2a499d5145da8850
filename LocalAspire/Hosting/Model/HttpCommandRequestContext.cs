namespace Aspire.Hosting.ApplicationModel;

public sealed class HttpCommandRequestContext
{
    public required HttpRequestMessage Request { get; init; }

    public required CancellationToken CancellationToken { get; init; }
}
