using System.Net;

namespace AiPlatform.ServiceDefaults.Egress;

/// <summary>HTTP to addresses that a caller named.</summary>
public static class GuardedHttp
{
    /// <summary>
    /// Connects to public addresses and to allowed hosts only; anything else fails with a <see cref="ForbiddenAddressException"/> inside. Follows
    /// no redirect, keeps no cookies, uses no proxy, and tells nobody our trace ids. Because of the latter it leaves no spans, whose URLs could
    /// hold secrets.
    /// </summary>
    public static SocketsHttpHandler CreateHandler(HostResolver resolve, AllowedHosts allowed) => new()
    {
        ConnectCallback = new GuardedConnector(resolve, allowed).ConnectAsync,
        // A proxy would connect in our place, unguarded.
        UseProxy = false,
        // Each hop is to be checked as the first is.
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        MaxResponseDrainSize = 0,
        PooledConnectionLifetime = TimeSpan.FromMinutes(1),
        // Our trace ids are not for strangers.
        ActivityHeadersPropagator = null,
    };
}
