using System.Buffers.Binary;
using System.Net;

namespace AiPlatform.ServiceDefaults;

/// <summary>What counts as one client, wherever something is counted by address.</summary>
public static class ClientAddress
{
    /// <summary>Of IPv4 the address, in whichever of its forms; of IPv6 the /64, which one person has whole (RFC 6177).</summary>
    public static UInt128 Key(IPAddress? address)
    {
        if (address is null)
            return 0;
        Span<byte> bytes = stackalloc byte[16];
        var mapped = address.MapToIPv6();
        mapped.TryWriteBytes(bytes, out _);
        if (!mapped.IsIPv4MappedToIPv6)
            bytes[8..].Clear();
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }
}
