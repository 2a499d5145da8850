using System.Diagnostics.CodeAnalysis;
using AiPlatform.ServiceDefaults.Egress;

namespace AiPlatform.Api.Infra;

/// <summary>A sidecar to ask.</summary>
/// <param name="Name">How it is called in the report; host and port where the setting gives no name.</param>
/// <param name="Status">Where its status is.</param>
sealed record SidecarAddress(string Name, Uri Status)
{
    /// <summary>Reads <c>http://gpu1:8082</c>, with a path in front of <c>/status</c> where a proxy asks for one, and with <c>name=</c> in front.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out SidecarAddress? sidecar)
    {
        sidecar = null;
        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        var name = equals >= 0 && equals < scheme ? text[..equals].Trim() : null;
        var address = name is null ? text : text[(equals + 1)..].Trim();
        if (name is "" || !Uri.TryCreate(address, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.UserInfo.Length > 0
            || !UrlHost.IsSpellable(url))
        {
            return false;
        }
        sidecar = new SidecarAddress(name ?? url.Authority, new Uri($"{url.GetLeftPart(UriPartial.Path).TrimEnd('/')}/status"));
        return true;
    }
}
