using System.Text;

namespace AiPlatform.ServiceDefaults.Egress;

/// <summary>The host of a URL that a caller or an operator wrote.</summary>
public static class UrlHost
{
    /// <summary>Whether the host has a spelling that DNS and HTTP know. <see cref="Uri"/> reads names that IDNA refuses, such as <c>א1a.example</c>, and
    /// throws when their <see cref="Uri.IdnHost"/> is read, which every HTTP client does; others, with a label that is too long, it leaves as they are.</summary>
    public static bool IsSpellable(Uri url)
    {
        try
        {
            return url.IdnHost is { Length: > 0 } name && Ascii.IsValid(name);
        }
        catch (UriFormatException)
        {
            return false;
        }
    }
}
