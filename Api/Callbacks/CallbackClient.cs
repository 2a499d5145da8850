using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Sockets;
using AiPlatform.ServiceDefaults.Egress;
using Microsoft.Extensions.Options;

namespace AiPlatform.Api.Callbacks;

/// <summary>Makes one call. The URL is the caller's: where it leads and how long it takes are bounded, and of the answer only the head is
/// read.</summary>
sealed class CallbackClient : IDisposable
{
    /// <summary>A short body is read to its end, so that the connection can be used again; of a longer one the connection is closed.</summary>
    const int MostDrainedBytes = 4 * 1024;

    const int MostHeaderKilobytes = 16;

    readonly CallbackOptions _options;
    readonly CallbackRules _rules;
    readonly CallbackSignature _signature;
    readonly TimeProvider _time;
    readonly HttpClient _http;

    public CallbackClient(
        IOptions<CallbackOptions> options, CallbackRules rules, CallbackSignature signature, HostResolver resolve, TimeProvider time)
    {
        (_options, _rules, _signature, _time) = (options.Value, rules, signature, time);
        var handler = GuardedHttp.CreateHandler(resolve, new AllowedHosts(_options.AllowedHosts));
        handler.MaxResponseDrainSize = MostDrainedBytes;
        handler.MaxResponseHeadersLength = MostHeaderKilobytes;
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <exception cref="OperationCanceledException"><paramref name="ct"/> fired.</exception>
    public async Task<CallbackOutcome> PostAsync(Uri url, CallbackMessage message, CancellationToken ct)
    {
        if (_rules.Fault(url) is { } fault)
            return new CallbackOutcome.Failed(fault, "forbidden_address", IsFinal: true);

        using var limit = new CancellationTokenSource(_options.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ct);
        try
        {
            using var request = Request(url, message);
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return Outcome(response);
        }
        catch (Exception) when (ct.IsCancellationRequested)
        {
            // However the closing of the connection showed itself.
            throw new OperationCanceledException(ct);
        }
        catch (Exception failure) when (failure is OperationCanceledException or HttpRequestException or IOException)
        {
            return Outcome(failure, limit.IsCancellationRequested);
        }
    }

    public void Dispose() => _http.Dispose();

    HttpRequestMessage Request(Uri url, CallbackMessage message)
    {
        var now = _time.GetUtcNow();
        var content = new ByteArrayContent(message.Body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = content };
        request.Headers.UserAgent.ParseAdd("AiPlatform");
        request.Headers.Add("webhook-id", message.Id);
        request.Headers.Add("webhook-timestamp", now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("webhook-signature", _signature.Sign(message.Id, now, message.Body));
        if (message.Omitted is not null)
            request.Headers.Add("aiplatform-omitted", message.Omitted);
        return request;
    }

    CallbackOutcome Outcome(HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        return status switch
        {
            >= 200 and < 300 => new CallbackOutcome.Delivered(),
            410 => new CallbackOutcome.Failed("answered 410 Gone.", "410", IsFinal: true),
            >= 300 and < 400 => Failed($"answered {status}; redirects are not followed."),
            _ => Failed($"answered {status}."),
        };

        CallbackOutcome Failed(string reason) =>
            new CallbackOutcome.Failed(reason, status.ToString(CultureInfo.InvariantCulture), RetryAfter: RetryAfter(response));
    }

    TimeSpan? RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - _time.GetUtcNow(),
        _ => null,
    };

    CallbackOutcome.Failed Outcome(Exception failure, bool timedOut)
    {
        if (ForbiddenAddressException.In(failure) is not null)
        {
            return new CallbackOutcome.Failed(
                "is not a public address (private, loopback, link-local or reserved), nor one that CALLBACK_ALLOWED_HOSTS lists.",
                "forbidden_address", IsFinal: true);
        }
        if (timedOut)
            return new CallbackOutcome.Failed($"did not answer within {_options.Timeout.TotalSeconds:0.###} s.", "timeout");
        return (failure as HttpRequestException)?.HttpRequestError switch
        {
            _ when failure.GetBaseException() is SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData } =>
                new CallbackOutcome.Failed("is not a known name.", "name_resolution_error"),
            HttpRequestError.SecureConnectionError =>
                new CallbackOutcome.Failed("made no secure connection that can be trusted.", "secure_connection_error"),
            HttpRequestError.ConnectionError => new CallbackOutcome.Failed("could not be connected to.", "connection_error"),
            _ => new CallbackOutcome.Failed("broke off before it answered.", "connection_error"),
        };
    }
}
