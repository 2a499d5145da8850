using System.Globalization;
using AiPlatform.TranscriptionWorker.Audio.Wav;

namespace AiPlatform.TranscriptionWorker.Audio.Decoding;

/// <summary>The samples of a WAV file.</summary>
sealed class WavFrames(SpooledAudio file, WavHead.Readable head) : IFrameSource
{
    readonly WavFormat format = head.Format;
    byte[] buffer = [];
    long done;

    public int Channels => format.Channels;

    public int Rate => format.SampleRate;

    public int SourceRate => format.SampleRate;

    public string Codec => format.Codec;

    public AudioProblem? Problem { get; private set; }

    public IReadOnlyList<string> Warnings => head.Warning is { } warning ? [warning] : [];

    public async ValueTask<int> ReadAsync(float[][] block, CancellationToken ct)
    {
        var wanted = (int)Math.Min((long)block[0].Length * format.BytesPerFrame, head.Bytes - done);
        if (buffer.Length < wanted)
        {
            buffer = new byte[wanted];
        }
        var read = await file.ReadAsync(buffer.AsMemory(0, wanted), head.Start + done, ct) / format.BytesPerFrame * format.BytesPerFrame;
        if (read == 0)
        {
            return 0;
        }
        if (!SampleBytes.TryRead(format, buffer.AsSpan(0, read), block))
        {
            var second = (double)(done / format.BytesPerFrame) / format.SampleRate;
            Problem = AudioProblem.Unreadable(string.Create(
                CultureInfo.InvariantCulture,
                $"The audio is a WAV file that cannot be read: after second {second:0.#} of its float samples one is not a number or infinite."));
            return 0;
        }
        done += read;
        return read / format.BytesPerFrame;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
