using System.Net;

namespace AiPlatform.TranscriptionWorker.Audio.Wav;

/// <summary>A WAV file as part of a request: a plain header, and the samples from where they lie in memory.</summary>
sealed class WavContent(WavFile file) : HttpContent
{
    static readonly byte[] Pad = [0];

    readonly byte[] header = file.Header();

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(header, cancellationToken);
        await stream.WriteAsync(file.Samples, cancellationToken);
        await stream.WriteAsync(Pad.AsMemory(0, file.Padding), cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = header.Length + (long)file.Samples.Length + file.Padding;
        return true;
    }
}
