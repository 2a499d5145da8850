namespace AiPlatform.ServiceDefaults.Egress;

/// <summary>A URL leads to an address that is not public. Thrown inside the HTTP client, which leaves no other way out of a connection.</summary>
public sealed class ForbiddenAddressException(string host, int port) : Exception($"{host}:{port} is not public.")
{
    public string Host => host;

    public int Port => port;

    /// <summary>What would allow it, as an entry of a setting such as AUDIO_URL_ALLOWED_HOSTS.</summary>
    public string Entry => (host.Contains(':') ? $"[{host}]" : host) + (port is 80 or 443 ? "" : $":{port}");

    /// <summary>The exception inside one that an HTTP client threw; null where something else went wrong.</summary>
    public static ForbiddenAddressException? In(Exception failure)
    {
        for (var cause = failure; cause is not null; cause = cause.InnerException)
        {
            if (cause is ForbiddenAddressException forbidden)
                return forbidden;
        }
        return null;
    }
}
