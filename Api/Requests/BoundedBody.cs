using System.Buffers;

namespace AiPlatform.Api.Requests;

/// <summary>The bytes of a body, in a rented buffer; never more than <see cref="Limits.MostBodyBytes"/>.</summary>
sealed class BoundedBody : IDisposable
{
    const int FirstBuffer = 4096;

    byte[] _buffer;
    int _length;

    BoundedBody(int capacity) => _buffer = ArrayPool<byte>.Shared.Rent(capacity);

    public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, _length);

    /// <returns>Null where there are more bytes than allowed.</returns>
    /// <exception cref="BadHttpRequestException">The body was cut off, came too slowly, or went on even beyond what is thrown away.</exception>
    public static async Task<BoundedBody?> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength > Limits.MostBodyBytes)
        {
            await ThrowAwayAsync(request, cancellationToken);
            return null;
        }

        var body = new BoundedBody((int)Math.Max(request.ContentLength ?? 0, FirstBuffer));
        try
        {
            while (true)
            {
                if (body._length == body._buffer.Length)
                    body.Grow();
                var count = await request.Body.ReadAsync(body._buffer.AsMemory(body._length), cancellationToken);
                if (count == 0)
                    return body;
                body._length += count;
                if (body._length > Limits.MostBodyBytes)
                    break;
            }
        }
        catch
        {
            body.Dispose();
            throw;
        }
        body.Dispose();
        await ThrowAwayAsync(request, cancellationToken);
        return null;
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    // A client that is still sending when the connection closes sees a broken pipe in place of the answer. One that asks first has sent nothing.
    static async Task ThrowAwayAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.Headers.Expect.Count == 0)
            await request.Body.CopyToAsync(Stream.Null, cancellationToken);
    }

    void Grow()
    {
        var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
        _buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
