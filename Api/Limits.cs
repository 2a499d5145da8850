using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace AiPlatform.Api;

/// <summary>What one request may cost.</summary>
static class Limits
{
    public const int MostBodyBytes = 8 * 1024 * 1024;

    /// <summary>A body over the limit is read to its end before it is refused, but no further than this.</summary>
    public const int MostThrownAway = 64 * 1024 * 1024;

    /// <summary>Deepest nesting of a body. Answers nest what they were given a little deeper, and the JSON writer stops at 64.</summary>
    public const int DeepestJson = 56;

    public const int MostProgressBytes = 64 * 1024;
    public const int DefaultPage = 50;
    public const int MostPage = 500;
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    public static void Apply(KestrelServerOptions server)
    {
        server.AddServerHeader = false;
        server.Limits.MaxRequestBodySize = MostThrownAway;
        server.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
    }
}
