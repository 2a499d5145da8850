using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>The address of a server as people write it: with or without its version, and some with the whole route.</summary>
static class ServerAddress
{
    static readonly string[] Routes = ["/audio/transcriptions", "/chat/completions", "/speech-to-text", "/asr"];

    /// <summary>With the version, <c>/v1</c> where there is none.</summary>
    public static Uri Versioned(Uri address) => ProviderAddress.Versioned(WithoutRoute(address));

    /// <summary>Without the version.</summary>
    public static Uri Root(Uri address)
    {
        var versioned = Versioned(address);
        var path = versioned.AbsolutePath;
        return new UriBuilder(versioned) { Path = path.EndsWith("/v1", StringComparison.Ordinal) ? path[..^3] : path }.Uri;
    }

    public static Uri Route(Uri address, string route) => new(address.ToString().TrimEnd('/') + route);

    static Uri WithoutRoute(Uri address)
    {
        var path = address.AbsolutePath.TrimEnd('/');
        var route = Routes.FirstOrDefault(route => path.EndsWith(route, StringComparison.OrdinalIgnoreCase));
        return route is null ? address : new UriBuilder(address) { Path = path[..^route.Length] }.Uri;
    }
}
