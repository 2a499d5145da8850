using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.RegularExpressions;

namespace AiPlatform.ServiceDefaults.Settings;

/// <summary>The secrets that this process has read, so that nothing it writes repeats one, not even the message of somebody else's exception.</summary>
static partial class KnownSecrets
{
    /// <summary>A shorter text is no secret worth the name, and may be part of any word.</summary>
    const int LeastLength = 8;

    const string Mask = "***";

    static readonly Lock Gate = new();
    static readonly HashSet<string> Texts = [];
    static SearchValues<string> _search = SearchValues.Create([], StringComparison.Ordinal);

    /// <summary>Also the passwords within a connection string, and what JSON and addresses make of the text.</summary>
    public static void Add(string? secret)
    {
        if (secret is null)
            return;
        string[] parts = [secret, .. Passwords().Matches(secret).Select(match => match.Groups["password"].Value)];
        lock (Gate)
        {
            var before = Texts.Count;
            Texts.UnionWith(parts.SelectMany(Spellings).Where(text => text.Length >= LeastLength));
            if (Texts.Count > before)
                _search = SearchValues.Create([.. Texts], StringComparison.Ordinal);
        }
    }

    public static string Redact(string text)
    {
        if (!text.AsSpan().ContainsAny(_search))
            return text;
        lock (Gate)
            // The longest first: one secret may be part of another.
            return Texts.OrderByDescending(secret => secret.Length).Aggregate(text, (rest, secret) => rest.Replace(secret, Mask, StringComparison.Ordinal));
    }

    static IEnumerable<string> Spellings(string text) =>
        [text, JavaScriptEncoder.Default.Encode(text), Uri.EscapeDataString(text), Uri.UnescapeDataString(text)];

    [GeneratedRegex(@"://[^:/@\s]*:(?<password>\S+)@|(?:password|pwd)\s*=\s*(?<password>[^;,]+)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Passwords();
}
