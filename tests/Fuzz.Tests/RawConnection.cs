using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AiPlatform.Fuzz.Tests;

/// <summary>A connection that sends bytes as they are given, and reads answers by the letter of HTTP/1.1.</summary>
sealed class RawConnection : IDisposable
{
    /// <summary>Far longer than anything may take, on any machine.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    readonly NetworkStream _stream;
    readonly byte[] _buffer = new byte[16 * 1024];
    int _from;
    int _to;

    RawConnection(Socket socket) => _stream = new NetworkStream(socket, ownsSocket: true);

    public static async Task<RawConnection> OpenAsync(IPEndPoint server, CancellationToken ct)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server, ct);
        return new RawConnection(socket);
    }

    public void Dispose() => _stream.Dispose();

    /// <summary>Sends and reads what is answered, which may come before all is sent.</summary>
    public async Task<(RawAnswer Answer, bool IsOpen)> AskAsync(byte[] request, bool hasBody, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Patience);
        var sent = SendAsync(request, limit.Token);
        try
        {
            var answer = await ReadAsync(hasBody, limit.Token);
            var isOpen = sent.IsCompletedSuccessfully && await sent && !answer.Closes && _from == _to;
            return (answer, isOpen);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new TimeoutException($"No answer within {Patience.TotalSeconds} s.");
        }
    }

    /// <summary>Sends; false where the server has closed the connection before all was sent.</summary>
    public async Task<bool> SendAsync(byte[] request, CancellationToken ct)
    {
        try
        {
            await _stream.WriteAsync(request, ct);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    public void EndSending() => _stream.Socket.Shutdown(SocketShutdown.Send);

    /// <exception cref="InvalidDataException">It is not HTTP/1.1.</exception>
    /// <exception cref="EndOfStreamException">The connection was closed before the answer began.</exception>
    public async Task<RawAnswer> ReadAsync(bool hasBody, CancellationToken ct)
    {
        while (true)
        {
            var status = Status(await LineAsync(ct));
            List<(string Name, string Value)> headers = [];
            while (await LineAsync(ct) is { Length: > 0 } line)
                headers.Add(line.Split(':', 2) is [var name, var value] && name.Length > 0 ? (name, value.Trim()) : throw new InvalidDataException($"Not a header: {line}"));
            if (status is 100)
                continue;
            var head = new RawAnswer(status, headers, [], IsWhole: true);
            if (!hasBody || status is 204 or 304)
                return head;
            if (head.MediaType == "text/event-stream")
                return head with { IsWhole = false };
            return head with { Body = await BodyAsync(head, ct) };
        }
    }

    async Task<byte[]> BodyAsync(RawAnswer head, CancellationToken ct)
    {
        if (head.Header("Content-Length") is { } length)
            return await ExactlyAsync(int.Parse(length, CultureInfo.InvariantCulture), ct);
        if (head.Header("Transfer-Encoding") != "chunked")
            return head.Closes ? await RestAsync(ct) : throw new InvalidDataException("The answer has neither a length nor chunks, and does not end with the connection.");
        var body = new MemoryStream();
        while (int.Parse(await LineAsync(ct), NumberStyles.HexNumber, CultureInfo.InvariantCulture) is > 0 and var size)
        {
            body.Write(await ExactlyAsync(size, ct));
            await EndOfChunkAsync(ct);
        }
        await EndOfChunkAsync(ct);
        return body.ToArray();
    }

    async Task<byte[]> RestAsync(CancellationToken ct)
    {
        var rest = new MemoryStream();
        try
        {
            while (true)
                rest.WriteByte(await NextAsync(ct));
        }
        catch (EndOfStreamException)
        {
            return rest.ToArray();
        }
    }

    async Task EndOfChunkAsync(CancellationToken ct)
    {
        if (await LineAsync(ct) is { Length: > 0 } line)
            throw new InvalidDataException($"A chunk goes on: {line}");
    }

    static int Status(string line) =>
        line.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) && line.Length >= 12 && int.TryParse(line.AsSpan(9, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var status)
            ? status : throw new InvalidDataException($"Not a status line: {line}");

    async Task<string> LineAsync(CancellationToken ct)
    {
        var line = new StringBuilder();
        while (true)
        {
            var next = await NextAsync(ct);
            if (next == '\n')
                return line.Length > 0 && line[^1] == '\r' ? line.ToString(0, line.Length - 1) : throw new InvalidDataException($"A line ends without a carriage return: {line}");
            line.Append((char)next);
        }
    }

    async Task<byte[]> ExactlyAsync(int count, CancellationToken ct)
    {
        var bytes = new byte[count];
        for (var place = 0; place < count;)
        {
            if (_from == _to)
                await FillAsync(ct);
            var part = Math.Min(count - place, _to - _from);
            _buffer.AsSpan(_from, part).CopyTo(bytes.AsSpan(place));
            (_from, place) = (_from + part, place + part);
        }
        return bytes;
    }

    async ValueTask<byte> NextAsync(CancellationToken ct)
    {
        if (_from == _to)
            await FillAsync(ct);
        return _buffer[_from++];
    }

    async Task FillAsync(CancellationToken ct)
    {
        (_from, _to) = (0, 0);
        try
        {
            _to = await _stream.ReadAsync(_buffer, ct);
        }
        catch (IOException broken)
        {
            throw new EndOfStreamException("The connection was reset.", broken);
        }
        if (_to == 0)
            throw new EndOfStreamException("The connection was closed.");
    }
}
