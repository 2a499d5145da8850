using System.Buffers.Binary;
using AiPlatform.TranscriptionWorker.Audio.Analysis;
using AiPlatform.TranscriptionWorker.Audio.Temp;

namespace AiPlatform.TranscriptionWorker.Audio.Decoding;

/// <summary>Brings one channel to <see cref="SampleRange.Rate"/>, writes it to its file, and measures it on the way.</summary>
sealed class ChannelWriter : IDisposable
{
    readonly Resampler? resampler;
    readonly FrameEnergy energy = new();
    readonly ToneDetector tones = new();
    readonly TempFile file;
    readonly float[] samples;
    readonly byte[] bytes;

    public ChannelWriter(AudioTempFolder folder, int rate, int blockFrames)
    {
        resampler = rate == SampleRange.Rate ? null : new Resampler(rate);
        samples = new float[resampler?.MostOutput(blockFrames) ?? blockFrames];
        bytes = new byte[samples.Length * sizeof(short)];
        file = folder.Create();
    }

    /// <summary>What the last call has written.</summary>
    public ReadOnlyMemory<float> Written { get; private set; }

    /// <returns>False where there is no room.</returns>
    public ValueTask<bool> TryWriteAsync(ReadOnlyMemory<float> input, CancellationToken ct)
    {
        if (resampler is null)
        {
            input.CopyTo(samples);
            return WriteAsync(input.Length, ct);
        }
        return WriteAsync(resampler.Process(input.Span, samples), ct);
    }

    /// <inheritdoc cref="TryWriteAsync"/>
    public ValueTask<bool> TryFinishAsync(CancellationToken ct) => WriteAsync(resampler?.Finish(samples) ?? 0, ct);

    public DecodedChannel Result() => new(file, energy.Finish(), tones.Finish());

    public void Dispose() => file.Dispose();

    ValueTask<bool> WriteAsync(int count, CancellationToken ct)
    {
        for (var i = 0; i < count; i++)
        {
            var rounded = (short)Math.Clamp(MathF.Round(samples[i] * 32768f), short.MinValue, short.MaxValue);
            BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(i * sizeof(short)), rounded);
            samples[i] = rounded / 32768f;
        }
        Written = samples.AsMemory(0, count);
        energy.Add(Written.Span, Written.Span);
        tones.Add(Written.Span);
        return file.TryAppendAsync(bytes.AsMemory(0, count * sizeof(short)), ct);
    }
}
