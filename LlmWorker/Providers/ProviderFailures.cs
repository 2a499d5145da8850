using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using AiPlatform.Contracts;

namespace AiPlatform.LlmWorker.Providers;

/// <summary>What a status, an error in an answer, or a broken connection means for the job.</summary>
static class ProviderFailures
{
    /// <param name="said">What the server says of it; null for nothing.</param>
    /// <param name="retryAfter">How long the server asks to be left alone; counts where it is only busy.</param>
    public static ProviderFailure OfStatus(Provider provider, int status, string? said, TimeSpan? retryAfter)
    {
        var type = status.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var reason = said is null ? "." : $": {said}";
        return status switch
        {
            401 or 403 => new(ErrorCategories.ProviderRejected, $"{provider} refused the key (HTTP {status}): {KeyAdvice(provider)}", type),
            429 => new(ErrorCategories.ProviderError, $"{provider} takes no more requests now (HTTP 429){reason}", type, retryAfter),
            408 => new(ErrorCategories.ProviderTimeout, $"{provider} gave up waiting (HTTP 408){reason}", type),
            >= 500 => new(ErrorCategories.ProviderError, $"{provider} failed (HTTP {status}){reason}", type, status == 503 ? retryAfter : null),
            >= 300 and < 400 => new(
                ErrorCategories.ProviderRejected,
                $"{provider} answered with a redirect (HTTP {status}): {provider.AddressSetting} must name the server itself.",
                type),
            _ => new(ErrorCategories.ProviderRejected, $"{provider} refused the request (HTTP {status}){reason}", type),
        };
    }

    /// <summary>An <c>error</c> in an answer that began well, or came with a good status.</summary>
    public static ProviderFailure OfError(Provider provider, JsonElement error) => new(
        ErrorCategories.ProviderError,
        $"{provider} broke off with an error: {ErrorText.In(error, provider) ?? "it does not say which."}",
        "error_in_answer");

    public static ProviderFailure Cut(Provider provider) =>
        new(ErrorCategories.ProviderError, $"{provider} ended its answer before it was complete.", "stream_cut");

    public static ProviderFailure Malformed(Provider provider) =>
        new(ErrorCategories.ProviderError, $"{provider} sent something that is not a chat completion.", "malformed");

    public static ProviderFailure TooLong(Provider provider, int most) =>
        new(ErrorCategories.ProviderError, $"{provider} sent an answer of more than {most:N0} characters.", "too_long");

    public static ProviderFailure TimedOut(Provider provider, string what) => new(ErrorCategories.ProviderTimeout, $"{provider} {what}", "timeout");

    /// <summary>A connection that could not be made or did not last.</summary>
    public static ProviderFailure OfConnection(Provider provider, Exception failure)
    {
        var causes = Causes(failure).ToList();
        var http = causes.OfType<HttpRequestException>().FirstOrDefault()?.HttpRequestError;
        var (why, type) = http switch
        {
            HttpRequestError.NameResolutionError => ($"the host name of {provider.AddressSetting} is not known", "name_resolution"),
            HttpRequestError.SecureConnectionError => ("no secure connection could be made; is it https, and is its certificate trusted?", "tls"),
            HttpRequestError.ConnectionError when Code(causes) is SocketError.ConnectionRefused =>
                ($"nothing listens there; is it running, and is {provider.AddressSetting} right?", "connect"),
            HttpRequestError.ConnectionError => ($"no connection could be made ({Code(causes)?.ToString() ?? "unknown"})", "connect"),
            _ => ("", ""),
        };
        return why.Length > 0
            ? new(ErrorCategories.ProviderError, $"{provider} cannot be reached: {(why.EndsWith('?') ? why : why + ".")}", type)
            : new(ErrorCategories.ProviderError, $"{provider} closed the connection before its answer was complete.", "stream_cut");
    }

    /// <summary>Seconds or a date of <c>Retry-After</c>, or OpenAI's <c>retry-after-ms</c>; 10 minutes at most: a clock may be wrong.</summary>
    public static TimeSpan? RetryAfter(string? header, string? milliseconds, DateTimeOffset now)
    {
        var asked = double.TryParse(milliseconds, System.Globalization.CultureInfo.InvariantCulture, out var ms) && double.IsFinite(ms)
            ? TimeSpan.FromMilliseconds(Math.Clamp(ms, 0, Longest.TotalMilliseconds))
            : RetryConditionHeaderValue.TryParse(header, out var value) ? value.Delta ?? value.Date - now : null;
        return asked is not { } wait ? null : wait < TimeSpan.Zero ? TimeSpan.Zero : wait > Longest ? Longest : wait;
    }

    static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    static string KeyAdvice(Provider provider) =>
        provider.ApiKey is null ? $"{provider.KeySetting} is not set." : $"check {provider.KeySetting}.";

    static SocketError? Code(List<Exception> causes) => causes.OfType<SocketException>().FirstOrDefault()?.SocketErrorCode;

    static IEnumerable<Exception> Causes(Exception failure)
    {
        for (var cause = failure; cause is not null; cause = cause.InnerException)
        {
            yield return cause;
        }
    }
}
