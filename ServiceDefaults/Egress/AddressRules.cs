using System.Net;
using System.Net.Sockets;

namespace AiPlatform.ServiceDefaults.Egress;

/// <summary>
/// Which addresses a caller's URL may lead to: only public ones. From inside the process' network the others reach what was never meant for
/// the caller, such as a cloud's metadata service, a model server or a database.
/// </summary>
public static class AddressRules
{
    // IANA's special-purpose registries: https://www.iana.org/assignments/iana-ipv4-special-registry and iana-ipv6-special-registry.
    static readonly IPNetwork[] NotPublic =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            // ::/96 holds ::, ::1 and the old way to write IPv4 in IPv6; 64:ff9b:1::/48 translates to a site's own IPv4 network.
            "::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10",
            "fec0::/10", "ff00::/8",
        }.Select(text => IPNetwork.Parse(text)),
    ];

    // Networks without IPv4 reach all of it under this prefix (RFC 6052), so what counts is the IPv4 address inside.
    static readonly IPNetwork Translated = IPNetwork.Parse("64:ff9b::/96");

    public static bool IsPublic(IPAddress address)
    {
        var meant = Meant(address);
        return !NotPublic.Any(network => network.BaseAddress.AddressFamily == meant.AddressFamily && network.Contains(meant));
    }

    static IPAddress Meant(IPAddress address) => address switch
    {
        { IsIPv4MappedToIPv6: true } => address.MapToIPv4(),
        { AddressFamily: AddressFamily.InterNetworkV6 } when Translated.Contains(WithoutScope(address)) =>
            new IPAddress(address.GetAddressBytes()[12..]),
        { AddressFamily: AddressFamily.InterNetworkV6 } => WithoutScope(address),
        _ => address,
    };

    static IPAddress WithoutScope(IPAddress address) => address.ScopeId == 0 ? address : new IPAddress(address.GetAddressBytes());
}
