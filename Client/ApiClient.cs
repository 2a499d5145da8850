using AiPlatform.Client.Http;

namespace AiPlatform.Client;

/// <summary>What both clients of the API are made of: its connections, and their end.</summary>
public abstract class ApiClient : IDisposable
{
    readonly ApiConnection? _api;
    readonly HttpClient? _owned;

    private protected ApiClient(AiPlatformClientOptions options)
    {
        var http = OwnHttp.Create();
        try
        {
            _api = new ApiConnection(http, options, TimeProvider.System);
        }
        catch
        {
            http.Dispose();
            throw;
        }
        _owned = http;
    }

    private protected ApiClient(HttpClient http, AiPlatformClientOptions options, TimeProvider? time) =>
        _api = new ApiConnection(http, options, time ?? TimeProvider.System);

    private protected ApiClient()
    {
    }

    private protected ApiConnection Api =>
        _api ?? throw new InvalidOperationException("This client was made for tests and calls no API: override what is called.");

    private protected AiPlatformClientOptions Options => Api.Options;

    /// <summary>Ends its own connections, and with them what is under way on them; an <see cref="HttpClient"/> that was given stays.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <param name="disposing">As of <see cref="Dispose()"/>.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
            _owned?.Dispose();
    }
}
