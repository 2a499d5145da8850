using System.Net;

namespace AiPlatform.ServiceDefaults.Egress;

/// <summary>What a URL that a caller wrote shows by itself. Where its name leads to, <see cref="GuardedHttp"/> checks when it connects.</summary>
public static class CallersUrl
{
    /// <param name="setting">Which setting allows a host, for the message.</param>
    /// <returns>What is wrong with its form, as the end of a sentence about it; null where nothing is.</returns>
    public static string? Fault(Uri url, AllowedHosts allowed, string setting) => url switch
    {
        { Scheme: not ("http" or "https") } => $"has the scheme '{url.Scheme}'; only http and https are allowed.",
        { UserInfo.Length: > 0 } => "has a user name or password in it, which is not allowed; use a signed URL.",
        _ when !UrlHost.IsSpellable(url) => "has or redirects to a host that is not a name DNS can hold.",
        { Port: not (80 or 443) } when !allowed.Covers(url.IdnHost, url.Port) =>
            $"has the port {url.Port}; only 80 and 443 are allowed. For a store of your own, put {url.IdnHost}:{url.Port} into {setting}.",
        _ => null,
    };

    /// <summary>Whether its host is, without a look at DNS, no public one: an address, or this machine's own name.</summary>
    public static bool IsPrivate(Uri url)
    {
        var name = url.IdnHost.Trim('[', ']').TrimEnd('.');
        return IPAddress.TryParse(name, out var address)
            ? !AddressRules.IsPublic(address)
            : name.Equals("localhost", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);
    }
}
