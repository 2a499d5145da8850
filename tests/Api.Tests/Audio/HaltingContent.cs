using System.Net;
using System.Net.Http.Headers;

namespace AiPlatform.Api.Tests.Audio;

/// <summary>A body that halts after some of its bytes.</summary>
sealed class HaltingContent : HttpContent
{
    readonly TaskCompletionSource _goesOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly byte[] _bytes;
    readonly int _halt;
    readonly bool _isAnnounced;

    public HaltingContent(int bytes, int halt, bool isAnnounced)
        : this(new byte[bytes], halt, "audio/wav", isAnnounced)
    {
    }

    public HaltingContent(byte[] bytes, int halt, string type, bool isAnnounced = true)
    {
        (_bytes, _halt, _isAnnounced) = (bytes, halt, isAnnounced);
        Headers.ContentType = new MediaTypeHeaderValue(type);
    }

    public void GoOn() => _goesOn.SetResult();

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        await stream.WriteAsync(_bytes.AsMemory(0, _halt), TestContext.Current.CancellationToken);
        await stream.FlushAsync(TestContext.Current.CancellationToken);
        await _goesOn.Task;
        await stream.WriteAsync(_bytes.AsMemory(_halt), TestContext.Current.CancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _bytes.Length;
        return _isAnnounced;
    }
}
