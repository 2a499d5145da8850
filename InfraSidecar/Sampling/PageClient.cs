using System.Net;
using System.Text;

namespace AiPlatform.InfraSidecar.Sampling;

/// <summary>Gets pages of servers, each within a time and a size.</summary>
/// <param name="shown">How an address is shown in errors; null for as it is.</param>
sealed class PageClient(SocketsHttpHandler handler, TimeSpan timeout, int sizeLimit, TimeProvider time, Func<Uri, string>? shown = null) : IDisposable
{
    readonly HttpClient _http = new(handler) { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>What all pages are got with.</summary>
    public static SocketsHttpHandler Handler() => new()
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        // Without a propagator no span is made: a trace for each sample would drown the traces of requests.
        ActivityHeadersPropagator = null,
    };

    public async Task<PageAnswer> GetAsync(Uri address, CancellationToken cancellationToken)
    {
        var page = shown?.Invoke(address) ?? address.ToString();
        using var late = new CancellationTokenSource(timeout, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            using var response = await _http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, end.Token);
            if (response.StatusCode != HttpStatusCode.OK)
                return new PageAnswer.Refused((int)response.StatusCode, new("http_error", $"{page} answered {(int)response.StatusCode}."));
            return await ReadAsync(response, end.Token) is { } text
                ? new PageAnswer.Body(text, response.Headers)
                : new PageAnswer.Failed(new("too_large", $"{page} answered more than {sizeLimit} bytes."));
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return new PageAnswer.Failed(new("timeout", $"{page} did not answer within {timeout.TotalSeconds:0.###} s."));
        }
        catch (HttpRequestException fault)
        {
            return new PageAnswer.Failed(new(Code(fault), $"{page} cannot be reached: {Reason(fault)}"));
        }
        catch (IOException fault)
        {
            return new PageAnswer.Failed(new("connection_lost", $"{page} broke off its answer: {fault.Message}"));
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Null when the answer is over the limit, whether its length was announced or not.</summary>
    async Task<string?> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentLength > sizeLimit)
            return null;
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        using var text = new MemoryStream();
        var buffer = new byte[16_384];
        while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            if (text.Length + read > sizeLimit)
                return null;
            text.Write(buffer, 0, read);
        }
        return Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length);
    }

    static string Code(HttpRequestException fault) => fault.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => "unknown_host",
        HttpRequestError.ConnectionError => "unreachable",
        HttpRequestError.SecureConnectionError => "tls_failed",
        HttpRequestError.InvalidResponse => "not_http",
        // A reset while the headers come is not told apart from other faults of the connection.
        _ => "connection_lost",
    };

    // The inner message is the system's, such as "Connection refused"; the outer repeats it with the address.
    static string Reason(HttpRequestException fault) => (fault.InnerException ?? fault).Message;
}
