using System.Net;
using System.Net.Sockets;

namespace Aspire.Hosting.Runtime;

/// <summary>
/// Ports that stay ours until disposal. A port that was merely seen free may be given to another AppHost or test run before the service
/// binds it, so each is also reserved by a lock file that every LocalAspire of this user honours and the kernel releases on any death.
/// </summary>
sealed class PortPool : IDisposable
{
    // Below the range the kernel hands to outgoing connections, as Aspire's own range is.
    const int First = 10000;
    const int Last = 32767;

    static readonly string _folder = Path.Combine(Path.GetTempPath(), $"local-aspire-ports-{Environment.UserName}");
    readonly List<FileStream> _reservations = [];

    public int Take()
    {
        Directory.CreateDirectory(_folder);
        for (var attempt = 0; attempt < 1000; attempt++)
        {
            var port = Random.Shared.Next(First, Last + 1);
            if (TryReserve(port) && IsFree(port))
                return port;
        }
        throw new DistributedApplicationException($"No free TCP port was found between {First} and {Last} on 127.0.0.1.");
    }

    public static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port) { ExclusiveAddressUse = true };
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        foreach (var reservation in _reservations)
            reservation.Dispose();
        _reservations.Clear();
    }

    bool TryReserve(int port)
    {
        try
        {
            _reservations.Add(new FileStream(Path.Combine(_folder, $"{port}"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
