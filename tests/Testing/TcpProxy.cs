using System.Net;
using System.Net.Sockets;

namespace AiPlatform.Testing;

/// <summary>A piece of network between a process and a server. It can fall silent without closing anything, as a pulled cable does.</summary>
public sealed class TcpProxy : IAsyncDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource _end = new();
    readonly HashSet<Link> _links = [];
    readonly (string Host, int Port) _target;
    readonly Task _accepting;
    TaskCompletionSource _passing = Opened();

    TcpProxy(string host, int port)
    {
        _target = (host, port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public static TcpProxy Start(string host, int port) => new(host, port);

    /// <summary>From now on nothing passes, new connections included, and nobody is told.</summary>
    public void Silence() => _passing = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What was held back passes.</summary>
    public void Resume() => _passing.TrySetResult();

    /// <summary>The connections there are end for both sides; new ones pass.</summary>
    public void Cut()
    {
        foreach (var link in Links())
        {
            link.Dispose();
        }
        Resume();
    }

    /// <summary>The connections there are stay silent for ever, even when one side closes its end; new ones pass.</summary>
    public void Abandon()
    {
        foreach (var link in Links())
        {
            link.Abandoned = true;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        Cut();
        await _accepting;
        _end.Dispose();
    }

    async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var link = new Link(await _listener.AcceptTcpClientAsync(_end.Token));
                lock (_links)
                    _links.Add(link);
                link.Done = ServeAsync(link);
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The proxy is disposed of.
        }
    }

    async Task ServeAsync(Link link)
    {
        try
        {
            await _passing.Task.WaitAsync(_end.Token);
            await link.Server.ConnectAsync(_target.Host, _target.Port, _end.Token);
            await Task.WhenAny(PassAsync(link, link.Client, link.Server), PassAsync(link, link.Server, link.Client)).Unwrap();
        }
        catch (Exception ended) when (ended is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // One side is gone: the other learns of it by the end of its connection.
        }
        link.Dispose();
        lock (_links)
            _links.Remove(link);
    }

    async Task PassAsync(Link link, TcpClient from, TcpClient to)
    {
        await Task.Yield();
        var buffer = new byte[32 * 1024];
        while (true)
        {
            var length = await ReadAsync(from, buffer);
            await _passing.Task.WaitAsync(_end.Token);
            if (link.Abandoned)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, _end.Token);
            }
            if (length <= 0)
            {
                return;
            }
            await to.GetStream().WriteAsync(buffer.AsMemory(0, length), _end.Token);
        }
    }

    async Task<int> ReadAsync(TcpClient from, byte[] buffer)
    {
        try
        {
            return await from.GetStream().ReadAsync(buffer, _end.Token);
        }
        catch (Exception broken) when (broken is IOException or ObjectDisposedException)
        {
            return -1;
        }
    }

    Link[] Links()
    {
        lock (_links)
            return [.. _links];
    }

    static TaskCompletionSource Opened()
    {
        var opened = new TaskCompletionSource();
        opened.SetResult();
        return opened;
    }

    sealed class Link(TcpClient client) : IDisposable
    {
        public TcpClient Client { get; } = client;

        public TcpClient Server { get; } = new();

        public Task Done { get; set; } = Task.CompletedTask;

        public volatile bool Abandoned;

        public void Dispose()
        {
            Client.Dispose();
            Server.Dispose();
        }
    }
}
