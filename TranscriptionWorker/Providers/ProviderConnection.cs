using System.Net.Http.Headers;

namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>The HTTP connection to one provider, and what is known of it.</summary>
sealed class ProviderConnection : IDisposable
{
    public ProviderConnection(Provider provider, TimeSpan connectTimeout)
    {
        Provider = provider;
        State = new ProviderState(provider);
        Http = CreateHttp(connectTimeout);
        if (provider.ApiKey is { } key)
        {
            Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }
    }

    public Provider Provider { get; }

    public ProviderState State { get; }

    public HttpClient Http { get; }

    public void Dispose() => Http.Dispose();

    static HttpClient CreateHttp(TimeSpan connectTimeout)
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
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }
}
