using System.Net.Sockets;
using AiPlatform.ServiceDefaults.Egress;

namespace AiPlatform.TranscriptionWorker.Audio;

/// <summary>What a failed fetch means for the job. Messages name the host of the URL and nothing else of it.</summary>
static class FetchProblems
{
    public static AudioProblem OfStatus(Uri url, int status)
    {
        var message = $"{url.IdnHost} answered audio_url with HTTP {status}.";
        return status is 408 or 425 or 429 or >= 500 ? AudioProblem.Passing(message) : AudioProblem.Unreadable(message);
    }

    /// <param name="passed">The time limit that was passed, if any.</param>
    public static AudioProblem OfFailure(Uri url, Exception failure, string? passed)
    {
        var causes = Causes(failure).ToList();
        if (ForbiddenAddressException.In(failure) is { } forbidden)
        {
            return AudioProblem.Forbidden(
                $"audio_url leads to {forbidden.Host}, which is not a public address (private, loopback, link-local or reserved). "
                + $"For a store of your own, put {forbidden.Entry} into AUDIO_URL_ALLOWED_HOSTS.");
        }
        if (passed is not null)
        {
            return AudioProblem.Passing($"{url.IdnHost} {passed}");
        }
        var http = causes.OfType<HttpRequestException>().FirstOrDefault()?.HttpRequestError;
        var socket = causes.OfType<SocketException>().FirstOrDefault()?.SocketErrorCode;
        return (http, socket) switch
        {
            (_, SocketError.HostNotFound or SocketError.NoData) => AudioProblem.Unreadable($"The host of audio_url, {url.IdnHost}, is not known."),
            (_, SocketError.TryAgain) => AudioProblem.Passing($"The host of audio_url, {url.IdnHost}, could not be looked up."),
            (HttpRequestError.SecureConnectionError, _) => AudioProblem.Unreadable($"{url.IdnHost} made no secure connection that can be trusted."),
            (HttpRequestError.ConnectionError, _) => AudioProblem.Passing($"{url.IdnHost} could not be connected to."),
            _ => AudioProblem.Passing($"{url.IdnHost} broke off before the audio was complete."),
        };
    }

    static IEnumerable<Exception> Causes(Exception failure)
    {
        for (var cause = failure; cause is not null; cause = cause.InnerException)
        {
            yield return cause;
        }
    }
}
