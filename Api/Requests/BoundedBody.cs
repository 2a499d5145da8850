using System.Buffers;
using System.IO.Pipelines;

namespace AiPlatform.Api.Requests;

/// <summary>The bytes of a body, in a rented buffer; never more than <see cref="Limits.MostBodyBytes"/>.</summary>
sealed class BoundedBody : IDisposable
{
    const int FirstBuffer = 4096;

    /// <summary>What a length that is only announced is worth; the rest is rented as it comes.</summary>
    const int MostAnnounced = 64 * 1024;

    byte[] _buffer;
    int _length;

    BoundedBody(int capacity) => _buffer = ArrayPool<byte>.Shared.Rent(capacity);

    public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, _length);

    /// <param name="late">When the body should have come.</param>
    /// <returns>Null where there are more bytes than allowed.</returns>
    /// <exception cref="BadHttpRequestException">The body was cut off, came too slowly, or went on even beyond what is thrown away.</exception>
    /// <exception cref="OperationCanceledException">It is late, or the caller has left.</exception>
    public static async Task<BoundedBody?> ReadAsync(HttpRequest request, CancellationToken late)
    {
        var (reader, aborted) = (request.BodyReader, request.HttpContext.RequestAborted);
        // A read that a token ends leaves the server unable to read the rest, which it then logs as an error.
        await using var end = late.Register(reader.CancelPendingRead);
        if (request.ContentLength > Limits.MostBodyBytes)
        {
            await ThrowAwayAsync(request, aborted);
            return null;
        }

        var body = new BoundedBody((int)Math.Clamp(request.ContentLength ?? 0, FirstBuffer, MostAnnounced));
        try
        {
            while (await body.ReadSomeAsync(reader, aborted))
            {
                if (body._length > Limits.MostBodyBytes)
                    break;
            }
            if (body._length <= Limits.MostBodyBytes)
                return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
        body.Dispose();
        await ThrowAwayAsync(request, aborted);
        return null;
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    // A client that is still sending when the connection closes sees a broken pipe in place of the answer. One that asks first has sent nothing.
    static async Task ThrowAwayAsync(HttpRequest request, CancellationToken aborted)
    {
        if (request.Headers.Expect.Count == 0)
            await request.BodyReader.CopyToAsync(Stream.Null, aborted);
    }

    /// <returns>Whether there may be more.</returns>
    async Task<bool> ReadSomeAsync(PipeReader reader, CancellationToken aborted)
    {
        var read = await reader.ReadAsync(aborted);
        if (read.IsCanceled)
        {
            reader.AdvanceTo(read.Buffer.Start);
            throw new OperationCanceledException("The body is late.");
        }
        foreach (var part in read.Buffer)
            Add(part.Span);
        reader.AdvanceTo(read.Buffer.End);
        return !read.IsCompleted;
    }

    void Add(ReadOnlySpan<byte> bytes)
    {
        if (_length + bytes.Length > _buffer.Length)
            Grow(_length + bytes.Length);
        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
    }

    void Grow(int least)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(least, _buffer.Length * 2));
        _buffer.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
