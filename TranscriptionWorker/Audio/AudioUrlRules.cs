using AiPlatform.ServiceDefaults.Egress;

namespace AiPlatform.TranscriptionWorker.Audio;

/// <summary>What an <c>audio_url</c> may look like. Where its name leads to, <see cref="GuardedHttp"/> checks when it connects.</summary>
static class AudioUrlRules
{
    public static Uri? TryParse(string text, out AudioProblem? problem)
    {
        var isUrl = Uri.TryCreate(text.Trim(), UriKind.Absolute, out var url) && UrlHost.IsSpellable(url);
        problem = isUrl ? null : AudioProblem.Forbidden("audio_url is not an absolute URL; http:// or https:// with a host is expected.");
        return isUrl ? url : null;
    }

    /// <returns>Null where the URL may be asked.</returns>
    public static AudioProblem? Check(Uri url, AllowedHosts allowed) =>
        CallersUrl.Fault(url, allowed, "AUDIO_URL_ALLOWED_HOSTS") is { } fault ? AudioProblem.Forbidden($"audio_url {fault}") : null;
}
