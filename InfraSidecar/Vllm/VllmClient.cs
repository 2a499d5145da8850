using System.Net;
using System.Text;
using Microsoft.Extensions.Options;

namespace AiPlatform.InfraSidecar.Vllm;

/// <summary>Gets pages of model servers, each within a time and a size.</summary>
sealed class VllmClient(IOptions<InfraSidecarOptions> options, TimeProvider time) : IDisposable
{
    // A server with 64 engines exports about 2 MB.
    const int SizeLimit = 4 * 1_048_576;

    readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        // Without a propagator no span is made: a trace for each scrape would drown the traces of requests.
        ActivityHeadersPropagator = null,
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    readonly TimeSpan _timeout = options.Value.VllmScrapeTimeout;

    public async Task<VllmAnswer> GetAsync(Uri address, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(_timeout, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var response = await _http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, end.Token);
            if (response.StatusCode != HttpStatusCode.OK)
                return new VllmAnswer.Refused((int)response.StatusCode, new("http_error", $"{address} answered {(int)response.StatusCode}."));
            return await ReadAsync(response, end.Token) is { } text
                ? new VllmAnswer.Body(text)
                : new VllmAnswer.Failed(new("too_large", $"{address} answered more than {SizeLimit} bytes."));
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return new VllmAnswer.Failed(new("timeout", $"{address} did not answer within {_timeout.TotalSeconds:0.###} s."));
        }
        catch (HttpRequestException fault)
        {
            return new VllmAnswer.Failed(new(Code(fault), $"{address} cannot be reached: {Reason(fault)}"));
        }
        catch (IOException fault)
        {
            return new VllmAnswer.Failed(new("connection_lost", $"{address} broke off its answer: {fault.Message}"));
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Null when the answer is over the limit, whether its length was announced or not.</summary>
    static async Task<string?> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentLength > SizeLimit)
            return null;
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        using var text = new MemoryStream();
        var buffer = new byte[16_384];
        while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            if (text.Length + read > SizeLimit)
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
