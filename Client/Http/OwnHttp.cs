namespace AiPlatform.Client.Http;

/// <summary>The connections of a client that is given none.</summary>
static class OwnHttp
{
    public static HttpClient Create() => new(Configure(new SocketsHttpHandler())) { Timeout = Timeout.InfiniteTimeSpan };

    public static SocketsHttpHandler Configure(SocketsHttpHandler handler)
    {
        handler.ConnectTimeout = TimeSpan.FromSeconds(10);
        // Of an upload, which waits for the word to be sent: a server that never says it costs this much, and a busy one that refuses has it to do so.
        handler.Expect100ContinueTimeout = TimeSpan.FromSeconds(5);
        // An address that moves is found again, and so are instances that were added.
        handler.PooledConnectionLifetime = TimeSpan.FromMinutes(2);
        // The API has no redirects: one leads elsewhere.
        handler.AllowAutoRedirect = false;
        handler.UseCookies = false;
        return handler;
    }
}
