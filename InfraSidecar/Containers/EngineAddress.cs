using System.Diagnostics.CodeAnalysis;

namespace AiPlatform.InfraSidecar.Containers;

/// <summary>Where the container engine answers.</summary>
/// <param name="Socket">The file of its socket; null where it is reached by address.</param>
/// <param name="Root">What requests are sent to, ending in a slash.</param>
sealed record EngineAddress(string? Socket, Uri Root)
{
    const string SocketScheme = "unix://";

    /// <summary>Reads <c>unix:///var/run/docker.sock</c>, <c>http://socket-proxy:2375</c>, or either as DOCKER_HOST has it.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out EngineAddress? address)
    {
        address = null;
        if (text.StartsWith(SocketScheme, StringComparison.Ordinal))
        {
            var path = text[SocketScheme.Length..];
            if (path.StartsWith('/') && path.Length > 1)
                address = new EngineAddress(path, new Uri("http://localhost/"));
        }
        else if (Uri.TryCreate(text.Replace("tcp://", "http://", StringComparison.Ordinal), UriKind.Absolute, out var url)
            && url is { Scheme: "http" or "https", UserInfo: "", AbsolutePath: "/", Query: "" })
        {
            address = new EngineAddress(null, url);
        }
        return address is not null;
    }
}
