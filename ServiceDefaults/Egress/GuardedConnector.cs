using System.Net;
using System.Net.Sockets;

namespace AiPlatform.ServiceDefaults.Egress;

/// <summary>Finds the addresses of a host.</summary>
public delegate Task<IPAddress[]> HostResolver(string host, CancellationToken cancellationToken);

/// <summary>
/// Connects to public addresses only, and to the very addresses it has checked: a name looked up a second time may answer another one
/// (DNS rebinding).
/// </summary>
sealed class GuardedConnector(HostResolver resolve, AllowedHosts allowed)
{
    /// <exception cref="ForbiddenAddressException">One of the host's addresses is not public, and the host is not allowed to have such.</exception>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken ct)
    {
        var (host, port) = (context.DnsEndPoint.Host.Trim('[', ']'), context.DnsEndPoint.Port);
        var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await resolve(host, ct);

        // One that is forbidden spoils them all: whoever controls the name chooses the order.
        if (!allowed.Covers(host, port) && !addresses.All(AddressRules.IsPublic))
        {
            throw new ForbiddenAddressException(host, port);
        }
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
