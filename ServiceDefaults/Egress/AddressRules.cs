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
            // Azure's own services answer here to every machine in it, though the address is of a public range.
            "168.63.129.16/32",
            "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
        }.Select(text => IPNetwork.Parse(text)),
    ];

    // All of IPv6 that was ever given out to the public; outside of it stand local networks and ways to write IPv4 addresses.
    static readonly IPNetwork Public6 = IPNetwork.Parse("2000::/3");

    // Networks without IPv4 reach all of it under this prefix (RFC 6052), so what counts is the IPv4 address inside.
    static readonly IPNetwork Translated = IPNetwork.Parse("64:ff9b::/96");

    public static bool IsPublic(IPAddress address)
    {
        var meant = Meant(address);
        return (meant.AddressFamily == AddressFamily.InterNetwork || Public6.Contains(meant))
            && !NotPublic.Any(network => network.BaseAddress.AddressFamily == meant.AddressFamily && network.Contains(meant));
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
