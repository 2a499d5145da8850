using AiPlatform.TranscriptionWorker.Audio.Temp;
using Microsoft.Extensions.Options;

namespace AiPlatform.TranscriptionWorker.Audio.Decoding;

/// <summary>Decodes a file in one pass, block by block, whatever its length: one or two channels as they are, more of them mixed to one.</summary>
sealed class AudioDecoder(AudioTempFolder folder, IOptions<AudioOptions> options)
{
    const int MostBlockFrames = 16 * 1024;
    const int BlocksASecond = 4;

    public async Task<(DecodedAudio? Audio, AudioProblem? Problem)> DecodeAsync(IFrameSource source, CancellationToken ct)
    {
        // The lower the rate, the more comes of a frame.
        var blockFrames = Math.Clamp(source.Rate / BlocksASecond, 1, MostBlockFrames);
        List<ChannelWriter> writers = [];
        var isKept = false;
        try
        {
            for (var channel = 0; channel < (source.Channels <= 2 ? source.Channels : 1); channel++)
            {
                writers.Add(new ChannelWriter(folder, source.Rate, blockFrames));
            }
            var cross = writers.Count == 2 ? new FrameEnergy() : null;
            var (frames, problem) = await RunAsync(source, writers, cross, blockFrames, ct);
            isKept = problem is null;
            return isKept
                ? (new DecodedAudio([.. writers.Select(writer => writer.Result())], cross?.Finish(), (double)frames / source.Rate), null)
                : (null, problem);
        }
        finally
        {
            if (!isKept)
            {
                writers.ForEach(writer => writer.Dispose());
            }
        }
    }

    async Task<(long Frames, AudioProblem? Problem)> RunAsync(
        IFrameSource source, List<ChannelWriter> writers, FrameEnergy? cross, int blockFrames, CancellationToken ct)
    {
        var most = (long)(options.Value.MaxDuration.TotalSeconds * source.Rate);
        var block = Enumerable.Range(0, source.Channels).Select(_ => new float[blockFrames]).ToArray();
        long total = 0;
        while (await source.ReadAsync(block, ct) is > 0 and var frames)
        {
            total += frames;
            if (total > most)
            {
                return (total, AudioProblem.TooLong(null, options.Value.MaxDuration));
            }
            if (writers.Count < source.Channels)
            {
                Mix(block, frames);
            }
            for (var channel = 0; channel < writers.Count; channel++)
            {
                if (!await writers[channel].TryWriteAsync(block[channel].AsMemory(0, frames), ct))
                {
                    return (total, folder.NoRoom());
                }
            }
            cross?.Add(writers[0].Written.Span, writers[1].Written.Span);
        }
        foreach (var writer in writers)
        {
            if (source.Problem is null && !await writer.TryFinishAsync(ct))
            {
                return (total, folder.NoRoom());
            }
        }
        cross?.Add(writers[0].Written.Span, writers[1].Written.Span);
        return (total, source.Problem);
    }

    static void Mix(float[][] block, int frames)
    {
        var mix = block[0];
        for (var i = 0; i < frames; i++)
        {
            var sum = 0f;
            foreach (var channel in block)
            {
                sum += channel[i];
            }
            mix[i] = sum / block.Length;
        }
    }
}
