using System.Diagnostics.CodeAnalysis;
using AiPlatform.ServiceDefaults.Egress;

namespace AiPlatform.InfraSidecar.Vllm;

/// <summary>A model server to watch.</summary>
/// <param name="Name">How it is called in the status.</param>
/// <param name="Root">Its address without <c>/v1</c>, ending in a slash.</param>
sealed record VllmServer(string Name, Uri Root)
{
    /// <summary>Host and port.</summary>
    public string Host => Root.Authority;

    public Uri Route(string route) => new(Root, route);

    /// <summary>Reads <c>http://host:8000</c>, <c>http://host:8000/v1</c> or either with <c>name=</c> in front.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out VllmServer? server)
    {
        server = null;
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        var name = equals >= 0 && equals < scheme ? text[..equals].Trim() : null;
        var address = name is null ? text : text[(equals + 1)..].Trim();
        if (name is "" || !Uri.TryCreate(address, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.UserInfo.Length > 0
            || !UrlHost.IsSpellable(url))
        {
            return false;
        }

        var path = url.AbsolutePath.TrimEnd('/');
        foreach (var ending in new[] { "/v1", "/metrics" })
            path = path.EndsWith(ending, StringComparison.Ordinal) ? path[..^ending.Length] : path;
        server = new VllmServer(name ?? url.Authority, new UriBuilder(url) { Path = path + "/", Query = "", Fragment = "" }.Uri);
        return true;
    }
}
