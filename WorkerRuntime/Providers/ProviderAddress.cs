using System.Text.RegularExpressions;

namespace AiPlatform.WorkerRuntime.Providers;

public static partial class ProviderAddress
{
    /// <summary>Adds <c>/v1</c> where the path does not name a version itself; leaves out a user, a query and a fragment.</summary>
    public static Uri Versioned(Uri address)
    {
        var path = address.AbsolutePath.TrimEnd('/');
        var versioned = Version.IsMatch(path) ? path : path + "/v1";
        return new UriBuilder(address) { Path = versioned, Query = "", Fragment = "", UserName = "", Password = "" }.Uri;
    }

    // "/v1", "/openai/v1", "/v1beta/openai": a version may stand before a gateway's own path.
    [GeneratedRegex("/v[0-9]+[a-z0-9]*(/|$)")]
    static partial Regex Version { get; }
}
