using AiPlatform.ServiceDefaults.Egress;
using Microsoft.Extensions.Options;

namespace AiPlatform.Api.Callbacks;

/// <summary>What a <c>callback_url</c> may look like. Where its name leads to, <see cref="GuardedHttp"/> checks when it connects.</summary>
sealed class CallbackRules(IOptions<CallbackOptions> options, CallbackSignature signature)
{
    readonly AllowedHosts _allowed = new(options.Value.AllowedHosts);

    /// <returns>Null where it may be called; else what is wrong, as the end of a sentence about it.</returns>
    public string? Fault(Uri url)
    {
        if (!signature.IsPossible)
        {
            // An unsigned callback would teach its receiver to believe anybody; and no process calls strangers before an operator said so.
            return "is not accepted: callbacks are signed, and CALLBACK_SECRET is not set.";
        }
        return url switch
        {
            { Scheme: not ("http" or "https") } => "must be an absolute http or https address of at most 2048 characters.",
            { UserInfo.Length: > 0 } => "must not hold a user name or password; receivers know a callback by its signature.",
            _ when _allowed.Covers(url.IdnHost, url.Port) => null,
            { Port: not (80 or 443) } => $"has the port {url.Port}; allowed: 80 and 443, and what CALLBACK_ALLOWED_HOSTS lists.",
            _ when CallersUrl.IsPrivate(url) =>
                $"leads to {url.IdnHost}, which is not a public address; allowed: public ones, and what CALLBACK_ALLOWED_HOSTS lists.",
            _ => null,
        };
    }
}
