using System.Net;
using System.Security.Authentication;
using System.Text.Json;
using AiPlatform.Contracts;

namespace AiPlatform.Client.Http;

/// <summary>What an answer that is none means.</summary>
static class AnswerFaults
{
    /// <summary>A problem is small; what is larger is somebody else's page.</summary>
    const int MostProblemBytes = 1024 * 1024;

    public static async Task<AiPlatformException> ReadAsync(
        string call, HttpResponseMessage response, TimeProvider time, CancellationToken cancellationToken)
    {
        var retryAfter = RetryAfter(response, time);
        if (await ProblemAsync(response, cancellationToken) is { } problem)
            return AiPlatformException.Of(call, problem, retryAfter, After(problem, retryAfter));
        var media = response.Content.Headers.ContentType?.MediaType ?? "no body";
        return AiPlatformException.Unexpected(
            call, $"the answer is {(int)response.StatusCode} with {media} and not from the API; is its address right, and does a proxy stand before it?",
            (int)response.StatusCode, IsProxys(response.StatusCode, retryAfter) ? Trial.Unsure : Trial.Useless, retryAfter: retryAfter);
    }

    /// <summary>Of a request that got no answer, or not all of it.</summary>
    public static AiPlatformException Of(string call, Exception failure) => failure switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError, InnerException: AuthenticationException } =>
            AiPlatformException.NoAnswer(call, "no secure connection: the server's certificate is not trusted or not for its address, or it speaks no TLS.", Trial.Useless, failure),
        HttpRequestException
        {
            HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError
        } => AiPlatformException.NoAnswer(call, "no connection to the API.", Trial.Safe, failure),
        _ => AiPlatformException.NoAnswer(call, "the connection broke before the answer was whole.", Trial.Unsure, failure),
    };

    /// <summary>Whether asking again helps. The end of a job is an answer like another: asked again it would be the same, or another job.</summary>
    static Trial After(Problem problem, TimeSpan? retryAfter) => problem switch
    {
        { JobId: not null } => Trial.Useless,
        // Of these alone it is certain that nothing was done; what another 503 leaves behind is not, that of a newer service included.
        { Status: 429, Code: ErrorCodes.OverLimit or ErrorCodes.OverQuota } or { Status: 503, Code: ErrorCodes.ProviderUnconfigured } when retryAfter is not null => Trial.Safe,
        { Status: 503 } => Trial.Unsure,
        { Status: 429 } when retryAfter is not null => Trial.Unsure,
        _ => Trial.Useless,
    };

    static bool IsProxys(HttpStatusCode status, TimeSpan? retryAfter) =>
        status is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout
        || (status == HttpStatusCode.TooManyRequests && retryAfter is not null);

    /// <summary>A date counts by the clock of who sent it, where the answer tells that.</summary>
    static TimeSpan? RetryAfter(HttpResponseMessage response, TimeProvider time) => response.Headers.RetryAfter switch
    {
        { Delta: { } pause } => pause,
        { Date: { } then } when then - (response.Headers.Date ?? time.GetUtcNow()) is var pause => pause > TimeSpan.Zero ? pause : TimeSpan.Zero,
        _ => null,
    };

    static async Task<Problem?> ProblemAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentType?.MediaType != "application/problem+json")
            return null;
        try
        {
            await response.Content.LoadIntoBufferAsync(MostProblemBytes, cancellationToken);
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            return await JsonSerializer.DeserializeAsync(body, ClientJson.Wire.Problem, cancellationToken);
        }
        catch (Exception unreadable) when (unreadable is JsonException or HttpRequestException or IOException)
        {
            return null;
        }
    }
}
