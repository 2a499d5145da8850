using System.Net;
using System.Net.Http.Headers;

namespace AiPlatform.Api.Tests.Audio;

/// <summary>A body that halts after some of its bytes.</summary>
sealed class HaltingContent : HttpContent
{
    readonly TaskCompletionSource _goesOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly int _bytes;
    readonly int _halt;
    readonly bool _isAnnounced;

    public HaltingContent(int bytes, int halt, bool isAnnounced)
    {
        (_bytes, _halt, _isAnnounced) = (bytes, halt, isAnnounced);
        Headers.ContentType = new MediaTypeHeaderValue("audio/wav");
    }

    public void GoOn() => _goesOn.SetResult();

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        await stream.WriteAsync(new byte[_halt], TestContext.Current.CancellationToken);
        await stream.FlushAsync(TestContext.Current.CancellationToken);
        await _goesOn.Task;
        await stream.WriteAsync(new byte[_bytes - _halt], TestContext.Current.CancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _bytes;
        return _isAnnounced;
    }
}
