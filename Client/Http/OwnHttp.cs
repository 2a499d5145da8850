namespace AiPlatform.Client.Http;

/// <summary>The connections of a client that is given none.</summary>
static class OwnHttp
{
    public static HttpClient Create() => new(Configure(new SocketsHttpHandler())) { Timeout = Timeout.InfiniteTimeSpan };

    public static SocketsHttpHandler Configure(SocketsHttpHandler handler)
    {
        handler.ConnectTimeout = TimeSpan.FromSeconds(10);
        // An address that moves is found again, and so are instances that were added.
        handler.PooledConnectionLifetime = TimeSpan.FromMinutes(2);
        // The API has no redirects: one leads elsewhere.
        handler.AllowAutoRedirect = false;
        handler.UseCookies = false;
        return handler;
    }
}
