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

    /// <summary>Values and names of a body, of which each takes memory whatever its size. Ten thousand jobs of a hundred values each fit.</summary>
    public const int MostJsonTokens = 2_000_000;

    /// <summary>Longest number of a body, in characters, and largest power of ten in it. What reads the number next may take as long as its value is large.</summary>
    public const int LongestNumber = 128;
    public const int LargestExponent = 400;

    /// <summary>Bytes of the path and the query together.</summary>
    public const int LongestTarget = 8 * 1024;

    public const int MostQueryParameters = 64;
    public const int MostHeaders = 100;
    public const int MostHeaderBytes = 32 * 1024;

    public const int MostProgressBytes = 64 * 1024;
    public const int DefaultPage = 50;
    public const int MostPage = 500;
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    /// <summary>Of a retry or cancel by filter, which goes through its jobs by the thousand. What it has not reached, the same filter names again.</summary>
    public static readonly TimeSpan LongestBulk = TimeSpan.FromMinutes(10);

    public static void Apply(KestrelServerOptions server) => server.Limits.MaxRequestBodySize = MostThrownAway;
}
