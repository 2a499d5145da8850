using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using AiPlatform.Contracts;

namespace AiPlatform.WorkerRuntime.Providers;

/// <summary>What a status, an error in an answer, or a broken connection means for the job.</summary>
public static class ProviderFailures
{
    // A server's clock, or its idea of patience, may be wrong.
    static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);

    /// <param name="said">What the server says of it; null for nothing.</param>
    /// <param name="retryAfter">How long the server asks to be left alone; counts where it is only busy.</param>
    public static ProviderFailure OfStatus(ModelProvider provider, int status, string? said, TimeSpan? retryAfter)
    {
        var type = status.ToString(CultureInfo.InvariantCulture);
        var reason = said is null ? "." : $": {said}";
        ProviderFailure failure = status switch
        {
            401 or 403 => new(ErrorCategories.ProviderRejected, $"{provider} refused the key (HTTP {status}): {KeyAdvice(provider)}", type),
            429 => new(ErrorCategories.ProviderError, $"{provider} takes no more requests now (HTTP 429){reason}", type, retryAfter),
            408 => new(ErrorCategories.ProviderTimeout, $"{provider} gave up waiting (HTTP 408){reason}", type),
            >= 500 => new(ErrorCategories.ProviderError, $"{provider} failed (HTTP {status}){reason}", type, status is 503 or 529 ? retryAfter : null),
            >= 300 and < 400 => new(
                ErrorCategories.ProviderRejected,
                $"{provider} answered with a redirect (HTTP {status}): {provider.AddressSetting} must name the server itself.",
                type),
            _ => new(ErrorCategories.ProviderRejected, $"{provider} refused the request (HTTP {status}){reason}", type) { IsOfTheInput = IsOfTheInput(status) },
        };
        return failure with { Said = said };
    }

    /// <summary>An <c>error</c> under a good status, or in an answer that began well. vLLM has answered so to audio it could not decode.</summary>
    public static ProviderFailure OfError(ModelProvider provider, JsonElement error)
    {
        var said = ErrorText.In(error, provider) ?? "it does not say which.";
        ProviderFailure failure = Code(error) is { } code and >= 400 and < 500 and not (408 or 429)
            ? new(ErrorCategories.ProviderRejected, $"{provider} refused the request: {said}", "error_in_answer") { IsOfTheInput = IsOfTheInput(code) }
            : new(ErrorCategories.ProviderError, $"{provider} answered with an error: {said}", "error_in_answer");
        return failure with { Said = said };
    }

    /// <param name="obstacle">What of the request the provider has no form for.</param>
    /// <param name="type">For telemetry.</param>
    public static ProviderFailure CannotBeAsked(ModelProvider provider, string obstacle, string type) =>
        new(ErrorCategories.ProviderRejected, $"{provider} cannot be asked: {obstacle}", type) { IsOfTheInput = true };

    public static ProviderFailure Cut(ModelProvider provider) =>
        new(ErrorCategories.ProviderError, $"{provider} ended its answer before it was complete.", "stream_cut");

    public static ProviderFailure Empty(ModelProvider provider) =>
        new(ErrorCategories.ProviderError, $"{provider} ended its answer without having said anything.", "empty");

    /// <param name="expected">Such as "a transcription".</param>
    public static ProviderFailure Malformed(ModelProvider provider, string expected) =>
        new(ErrorCategories.ProviderError, $"{provider} sent something that is not {expected}.", "malformed");

    public static ProviderFailure TooLong(ModelProvider provider, int most, string unit) => new(
        ErrorCategories.ProviderError,
        string.Create(CultureInfo.InvariantCulture, $"{provider} sent an answer of more than {most:N0} {unit}."),
        "too_long");

    public static ProviderFailure TimedOut(ModelProvider provider, string what) => new(ErrorCategories.ProviderTimeout, $"{provider} {what}", "timeout");

    /// <summary>A connection that could not be made or did not last.</summary>
    public static ProviderFailure OfConnection(ModelProvider provider, Exception failure)
    {
        var causes = Causes(failure).ToList();
        var socket = causes.OfType<SocketException>().FirstOrDefault()?.SocketErrorCode;
        var (why, type) = causes.OfType<HttpRequestException>().FirstOrDefault()?.HttpRequestError switch
        {
            HttpRequestError.NameResolutionError => ($"the host name of {provider.AddressSetting} is not known.", "name_resolution"),
            HttpRequestError.SecureConnectionError => ("no secure connection could be made; is it https, and is its certificate trusted?", "tls"),
            HttpRequestError.ConnectionError when socket is SocketError.ConnectionRefused =>
                ($"nothing listens there; is it running, and is {provider.AddressSetting} right?", "connect"),
            HttpRequestError.ConnectionError => ($"no connection could be made ({socket?.ToString() ?? "unknown"}).", "connect"),
            _ => (null, "stream_cut"),
        };
        return why is null
            ? new(ErrorCategories.ProviderError, $"{provider} closed the connection before its answer was complete.", type)
            : new(ErrorCategories.ProviderError, $"{provider} cannot be reached: {why}", type);
    }

    /// <summary>Seconds or a date of <c>Retry-After</c>, or OpenAI's <c>retry-after-ms</c>.</summary>
    public static TimeSpan? RetryAfter(string? header, string? milliseconds, DateTimeOffset now)
    {
        var asked = double.TryParse(milliseconds, CultureInfo.InvariantCulture, out var ms) && double.IsFinite(ms)
            ? TimeSpan.FromMilliseconds(Math.Clamp(ms, 0, LongestPause.TotalMilliseconds))
            : RetryConditionHeaderValue.TryParse(header, out var value) ? value.Delta ?? value.Date - now : null;
        return asked is not { } wait ? null : wait < TimeSpan.Zero ? TimeSpan.Zero : wait > LongestPause ? LongestPause : wait;
    }

    static bool IsOfTheInput(int status) => status is 400 or 413 or 415 or 422;

    static string KeyAdvice(ModelProvider provider) =>
        provider.ApiKey is null ? $"{provider.KeySetting} is not set." : $"check {provider.KeySetting}.";

    /// <summary>vLLM puts the status it meant into the error; OpenAI's code is a word.</summary>
    static int? Code(JsonElement error) =>
        error.ValueKind == JsonValueKind.Object
        && error.TryGetProperty("code", out var code) && code.ValueKind == JsonValueKind.Number && code.TryGetInt32(out var status) ? status : null;

    static IEnumerable<Exception> Causes(Exception failure)
    {
        for (var cause = failure; cause is not null; cause = cause.InnerException)
        {
            yield return cause;
        }
    }
}
