using System.Net.Security;

namespace AiPlatform.WorkerRuntime.Providers;

/// <summary>The HTTP connection to one provider, and what is known of it. Nothing here tries again or limits an answer's time: both are the
/// job's part.</summary>
public abstract class ProviderConnection : IDisposable
{
    /// <param name="model">The model requests go to; null for the server's own choice.</param>
    /// <param name="tls">Where the address is https; null for the system's own ways.</param>
    protected ProviderConnection(ModelProvider provider, string? model, TimeSpan connectTimeout, SslClientAuthenticationOptions? tls)
    {
        State = new ProviderState(provider, model);
        Http = CreateHttp(connectTimeout, tls);
        if (provider.ApiKey is { } key)
        {
            provider.Authorize(Http.DefaultRequestHeaders, key);
        }
    }

    public ProviderState State { get; }

    public HttpClient Http { get; }

    public void Dispose()
    {
        Http.Dispose();
        GC.SuppressFinalize(this);
    }

    static HttpClient CreateHttp(TimeSpan connectTimeout, SslClientAuthenticationOptions? tls)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = connectTimeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            // vLLM closes a connection that was idle for 5 s. One that is used in that very moment fails, and with it an attempt of the job.
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(2),
            AllowAutoRedirect = false,
            UseCookies = false,
            // An answer that nobody reads on must end at once: the server stops working when the connection closes.
            MaxResponseDrainSize = 0,
        };
        if (tls is not null)
        {
            handler.SslOptions = tls;
        }
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }
}
