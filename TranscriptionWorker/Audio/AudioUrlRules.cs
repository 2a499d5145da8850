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
    public static AudioProblem? Check(Uri url, AllowedHosts allowed) => url switch
    {
        { Scheme: not ("http" or "https") } => AudioProblem.Forbidden($"audio_url has the scheme '{url.Scheme}'; only http and https are allowed."),
        { UserInfo.Length: > 0 } => AudioProblem.Forbidden("audio_url has a user name or password in it, which is not allowed; use a signed URL."),
        _ when !UrlHost.IsSpellable(url) => AudioProblem.Forbidden("audio_url has or redirects to a host that is not a name DNS can hold."),
        { Port: not (80 or 443) } when !allowed.Covers(url.IdnHost, url.Port) => AudioProblem.Forbidden(
            $"audio_url has the port {url.Port}; only 80 and 443 are allowed. "
            + $"For a store of your own, put {url.IdnHost}:{url.Port} into AUDIO_URL_ALLOWED_HOSTS."),
        _ => null,
    };
}
