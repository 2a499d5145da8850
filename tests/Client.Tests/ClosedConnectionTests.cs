using System.Net;
using System.Net.Sockets;
using System.Text;
using static AiPlatform.Client.Tests.TestApi;

namespace AiPlatform.Client.Tests;

/// <summary>A server that reads a request and closes its connection without a byte of an answer: .NET itself sends some requests again then.</summary>
public sealed class ClosedConnectionTests
{
    const string Stats = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";

    [Fact]
    public async Task What_may_not_come_twice_is_sent_once()
    {
        foreach (var call in (Func<AiPlatformClient, Task>[])
            [client => client.RetryAsync(Guid.NewGuid(), Ct), client => client.DeleteAudioAsync(Guid.NewGuid(), Ct)])
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            using var end = CancellationTokenSource.CreateLinkedTokenSource(Ct);
            var serving = ServeAsync(listener, end.Token);
            using var client = new AiPlatformClient(Options(new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}")));
            // Its connection stays open for the next call.
            await FailsAsync(() => client.StatsAsync(Ct), ClientErrorCodes.UnexpectedAnswer, 404);
            await FailsAsync(() => call(client), ClientErrorCodes.NoAnswer, null);
            await end.CancelAsync();
            Assert.Equal(1, await serving);
        }
    }

    /// <summary>Answers what is read, and closes on what is changed.</summary>
    /// <returns>How many requests for a change came.</returns>
    static async Task<int> ServeAsync(TcpListener listener, CancellationToken end)
    {
        var changes = 0;
        try
        {
            while (true)
            {
                using var socket = await listener.AcceptSocketAsync(end);
                while (await RequestAsync(socket, end) is { Length: > 0 } request)
                {
                    if (!request.StartsWith("GET", StringComparison.Ordinal))
                    {
                        changes++;
                        break;
                    }
                    await socket.SendAsync(Encoding.ASCII.GetBytes(Stats), end);
                }
                socket.Shutdown(SocketShutdown.Both);
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            return changes;
        }
    }

    /// <summary>Its head; none of these has a body.</summary>
    static async Task<string> RequestAsync(Socket socket, CancellationToken end)
    {
        var head = new StringBuilder();
        var buffer = new byte[4096];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            var read = await socket.ReceiveAsync(buffer, end);
            if (read == 0)
                return "";
            head.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }
        return head.ToString();
    }
}
