using System.Net;
using System.Net.Sockets;
using AiPlatform.ServiceDefaults.Startup;
using Microsoft.AspNetCore.Http;

namespace AiPlatform.ServiceDefaults.Http;

/// <summary>
/// Tries the ports before the server does: the server reports a taken port with three stack traces and without the setting that changes it. A
/// port taken in the moment between still fails there.
/// </summary>
static class TakenPort
{
    public static void Refuse(IReadOnlyList<string> urls, string variable)
    {
        foreach (var url in urls)
        {
            var address = BindingAddress.Parse(url);
            if (address.IsUnixPipe || address.IsNamedPipe || address.Port == 0 || EndPoints(address).All(IsFree))
                continue;
            throw new StartupException(
                $"port {address.Port} of {address.Host} is taken. Stop the process that holds it, or set {variable} to another one.");
        }
    }

    static IEnumerable<IPEndPoint> EndPoints(BindingAddress address)
    {
        if (address.Host == "localhost")
            return [new IPEndPoint(IPAddress.Loopback, address.Port), new IPEndPoint(IPAddress.IPv6Loopback, address.Port)];
        return [new IPEndPoint(IPAddress.TryParse(address.Host, out var ip) ? ip : IPAddress.Any, address.Port)];
    }

    static bool IsFree(IPEndPoint endPoint)
    {
        try
        {
            using var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(endPoint);
            return true;
        }
        catch (SocketException fault)
        {
            // Anything else, such as no IPv6 or an address of another host, is the server's to judge.
            return fault.SocketErrorCode != SocketError.AddressAlreadyInUse;
        }
    }
}
