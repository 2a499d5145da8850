using System.Net;

namespace AiPlatform.Client.Http;

/// <summary>A body that is read from the caller's stream as it is sent, and leaves the stream open. One that can seek is read again from where it stood.</summary>
sealed class UploadContent : HttpContent
{
    const int BufferBytes = 128 * 1024;

    readonly Stream _source;
    readonly long _start;

    public UploadContent(Stream source, long start)
    {
        (_source, _start) = (source, start);
        if (source.CanSeek)
            source.Position = start;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        _source.CopyToAsync(stream, BufferBytes, cancellationToken);

    protected override bool TryComputeLength(out long length)
    {
        length = _source.CanSeek ? _source.Length - _start : 0;
        return _source.CanSeek;
    }
}
