using System.Net;
using Microsoft.AspNetCore.Connections;

namespace AiPlatform.ServiceDefaults.Http;

/// <summary>Closes connections of a <see cref="ClientAddress"/> that has as many as one may have.</summary>
sealed class ConnectionsByAddress(int most)
{
    readonly Dictionary<UInt128, int> _open = [];

    public async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (connection.RemoteEndPoint is not IPEndPoint { Address: var address })
        {
            await next(connection);
            return;
        }
        var client = ClientAddress.Key(address);
        if (!TryEnter(client))
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
            Leave(client);
        }
    }

    bool TryEnter(UInt128 client)
    {
        lock (_open)
        {
            var open = _open.GetValueOrDefault(client);
            if (open >= most)
            {
                return false;
            }
            _open[client] = open + 1;
            return true;
        }
    }

    void Leave(UInt128 client)
    {
        lock (_open)
        {
            if (--_open[client] == 0)
            {
                _open.Remove(client);
            }
        }
    }
}
