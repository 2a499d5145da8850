using System.Net;
using Microsoft.AspNetCore.Connections;

namespace AiPlatform.ServiceDefaults.Http;

/// <summary>Closes connections of an address that has as many as one may have.</summary>
sealed class ConnectionsByAddress(int most)
{
    readonly Dictionary<IPAddress, int> _open = [];

    public async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (connection.RemoteEndPoint is not IPEndPoint { Address: var address })
        {
            await next(connection);
            return;
        }
        if (!TryEnter(address))
        {
            connection.Abort(new ConnectionAbortedException($"{address} has {most} connections already."));
            return;
        }
        try
        {
            await next(connection);
        }
        finally
        {
            Leave(address);
        }
    }

    bool TryEnter(IPAddress address)
    {
        lock (_open)
        {
            var open = _open.GetValueOrDefault(address);
            if (open >= most)
            {
                return false;
            }
            _open[address] = open + 1;
            return true;
        }
    }

    void Leave(IPAddress address)
    {
        lock (_open)
        {
            if (--_open[address] == 0)
            {
                _open.Remove(address);
            }
        }
    }
}
