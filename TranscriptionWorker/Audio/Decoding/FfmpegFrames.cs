using System.Buffers.Binary;
using System.Diagnostics;

namespace AiPlatform.TranscriptionWorker.Audio.Decoding;

/// <summary>The samples that ffmpeg writes: 16 bits, all channels, at <see cref="SampleRange.Rate"/>.</summary>
sealed class FfmpegFrames(Process started, Ffmpeg.ProbedStream stream, string path, TimeProvider time) : IFrameSource
{
    static readonly TimeSpan MostSilence = TimeSpan.FromMinutes(2);
    static readonly TimeSpan MostTime = TimeSpan.FromMinutes(30);

    readonly GuardedProcess process = new(started);
    readonly CancellationTokenSource total = new(MostTime, time);
    byte[] buffer = [];
    bool gaveAny;

    public int Channels => stream.Channels;

    public int Rate => SampleRange.Rate;

    public int SourceRate => stream.Rate;

    public string Codec => stream.Codec;

    public AudioProblem? Problem { get; private set; }

    public IReadOnlyList<string> Warnings { get; private set; } = [];

    public async ValueTask<int> ReadAsync(float[][] block, CancellationToken ct)
    {
        using var silence = new CancellationTokenSource(MostSilence, time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(ct, total.Token, silence.Token);
        try
        {
            var frameBytes = Channels * sizeof(short);
            var wanted = block[0].Length * frameBytes;
            if (buffer.Length < wanted)
            {
                buffer = new byte[wanted];
            }
            var frames = await process.ReadAsync(buffer.AsMemory(0, wanted), any.Token) / frameBytes;
            if (frames == 0)
            {
                await EndAsync(any.Token);
                return 0;
            }
            gaveAny = true;
            Spread(frames, block);
            return frames;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            var limit = total.IsCancellationRequested ? $"was not done within {MostTime.TotalMinutes} min" : $"was silent for {MostSilence.TotalMinutes} min";
            Problem = AudioProblem.OfWorker($"ffmpeg {limit} while it decoded the audio.");
            return 0;
        }
    }

    public ValueTask DisposeAsync()
    {
        process.Dispose();
        total.Dispose();
        return ValueTask.CompletedTask;
    }

    async Task EndAsync(CancellationToken ct)
    {
        var ending = await process.EndAsync(ct);
        var line = ending.Line(path);
        if (!gaveAny)
        {
            Problem = AudioProblem.Unreadable($"The audio could not be decoded: no sound came of its {Codec}{Ffmpeg.Saying(line)}.");
        }
        else if (ending.ExitCode != 0 || line is not null)
        {
            Warnings = [$"The audio is damaged; what could be decoded was used{Ffmpeg.Saying(line)}."];
        }
    }

    void Spread(int frames, float[][] block)
    {
        var bytes = buffer.AsSpan();
        for (var channel = 0; channel < Channels; channel++)
        {
            var samples = block[channel].AsSpan(0, frames);
            for (var i = 0; i < samples.Length; i++)
            {
                samples[i] = BinaryPrimitives.ReadInt16LittleEndian(bytes[(((i * Channels) + channel) * sizeof(short))..]) / 32768f;
            }
        }
    }
}
