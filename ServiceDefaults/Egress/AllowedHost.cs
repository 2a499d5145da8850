using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace AiPlatform.ServiceDefaults.Egress;

/// <summary>An entry of a setting such as AUDIO_URL_ALLOWED_HOSTS: a host that an operator trusts, whatever address it has.</summary>
/// <param name="Host">A name or an address; of <c>*.domain</c>, <c>.domain</c>.</param>
/// <param name="Port">Null for the usual ones, 80 and 443; 0 for all.</param>
public sealed partial record AllowedHost(string Host, int? Port)
{
    const int AnyPort = 0;

    /// <summary>Reads <c>name</c>, <c>*.domain</c> or an address, each with or without <c>:port</c>, which may be <c>*</c>.</summary>
    public static bool TryParse(string entry, out AllowedHost? allowed)
    {
        allowed = null;
        var match = Entry.Match(entry.Trim());
        if (!match.Success)
        {
            return false;
        }
        int? port = match.Groups["port"] is { Success: true } digits ? int.Parse(digits.ValueSpan, CultureInfo.InvariantCulture) : null;
        var anyPort = match.Groups["anyport"].Success;
        var host = match.Groups["host"].Value.ToLowerInvariant();
        if (port is < 1 or > 65535 || (match.Groups["six"].Success && !IPAddress.TryParse(host, out _)))
        {
            return false;
        }
        allowed = new AllowedHost(match.Groups["any"].Success ? "." + host : Canonical(host), anyPort ? AnyPort : port);
        return true;
    }

    public bool Covers(string host, int port)
    {
        var name = Canonical(host);
        var sameHost = Host.StartsWith('.') ? name.EndsWith(Host, StringComparison.Ordinal) : name == Host;
        return sameHost && (Port is null ? port is 80 or 443 : Port is AnyPort || port == Port);
    }

    /// <summary>One spelling for each name and each address.</summary>
    static string Canonical(string host)
    {
        var bare = host.Trim('[', ']').TrimEnd('.').ToLowerInvariant();
        return IPAddress.TryParse(bare, out var address) ? address.ToString() : bare;
    }

    [GeneratedRegex(
        @"^(?:(?<any>\*\.)?(?<host>[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?)|\[(?<host>(?<six>[0-9A-Fa-f:.]+))\])(:((?<port>[0-9]{1,5})|(?<anyport>\*)))?$")]
    static partial Regex Entry { get; }
}
