using System.Buffers.Binary;
using System.Runtime.InteropServices;
using AiPlatform.TranscriptionWorker.Audio.Analysis;
using AiPlatform.TranscriptionWorker.Audio.Decoding;

namespace AiPlatform.TranscriptionWorker.Audio;

/// <summary>Audio that is ready to be sent chunk by chunk: its tracks at <see cref="SampleRange.Rate"/> on disk, until it is disposed. Several may read it at
/// a time.</summary>
/// <param name="channels">Of the tracks, in their order.</param>
sealed class PreparedAudio(IReadOnlyList<DecodedChannel> channels) : IAsyncDisposable, IDisposable
{
    const int HeaderBytes = 44;

    /// <summary>Of a clip; what servers take.</summary>
    public const int MostClipBytes = 24 * 1024 * 1024;

    public required AudioFacts Facts { get; init; }

    /// <summary>One, or one for each of two channels.</summary>
    public required IReadOnlyList<SpeechTrack> Tracks { get; init; }

    /// <summary>In order of their start, then of their tracks. None where nobody speaks.</summary>
    public required IReadOnlyList<PlannedChunk> Chunks { get; init; }

    /// <summary>What is not as it should be with the audio, for people; empty where all is.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>A WAV file of part of a track: mono, 16 bits.</summary>
    public async Task<byte[]> ReadWavAsync(int track, SampleRange range, CancellationToken ct)
    {
        var inside = Inside(track, range);
        var bytes = new byte[HeaderBytes + Size(inside)];
        WriteHeader(bytes);
        await ReadAsync(track, inside, bytes.AsMemory(HeaderBytes), ct);
        return bytes;
    }

    public async Task<short[]> ReadSamplesAsync(int track, SampleRange range, CancellationToken ct)
    {
        var inside = Inside(track, range);
        var bytes = new byte[Size(inside)];
        await ReadAsync(track, inside, bytes, ct);
        var samples = new short[bytes.Length / sizeof(short)];
        MemoryMarshal.Cast<byte, short>(bytes).CopyTo(samples);
        return samples;
    }

    /// <summary>How loud part of a track is, in dB of full scale, from what is in memory: to the nearest 20 ms. At least <c>-100</c>.</summary>
    public double LevelDb(int track, SampleRange range)
    {
        var frames = channels[track].Energy;
        var from = (int)Math.Clamp(range.Start / FrameEnergy.FrameSamples, 0, frames.Length);
        var to = (int)Math.Clamp((range.End + FrameEnergy.FrameSamples - 1) / FrameEnergy.FrameSamples, from, frames.Length);
        var sum = 0.0;
        foreach (var energy in frames.AsSpan(from, to - from))
        {
            sum += energy;
        }
        return to == from ? Levels.Least : Levels.Of(sum / (to - from));
    }

    public void Dispose()
    {
        foreach (var channel in channels)
        {
            channel.Dispose();
        }
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    /// <param name="bytes">As many as the range has.</param>
    async Task ReadAsync(int track, SampleRange range, Memory<byte> bytes, CancellationToken ct)
    {
        await channels[track].File.ReadAsync(bytes, range.Start * sizeof(short), ct);
        foreach (var echo in Tracks[track].Echoes.Select(echo => echo.Within(range)).Where(echo => echo.Length > 0))
        {
            bytes.Span.Slice((int)(echo.Start - range.Start) * sizeof(short), (int)echo.Length * sizeof(short)).Clear();
        }
    }

    SampleRange Inside(int track, SampleRange range) => range.Within(new SampleRange(0, channels[track].Samples));

    static int Size(SampleRange range)
    {
        var bytes = range.Length * sizeof(short);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, MostClipBytes - HeaderBytes, nameof(range));
        return (int)bytes;
    }

    static void WriteHeader(Span<byte> file)
    {
        "RIFF"u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file[4..], file.Length - 8);
        "WAVEfmt "u8.CopyTo(file[8..]);
        BinaryPrimitives.WriteInt32LittleEndian(file[16..], 16);
        BinaryPrimitives.WriteInt16LittleEndian(file[20..], 1);
        BinaryPrimitives.WriteInt16LittleEndian(file[22..], 1);
        BinaryPrimitives.WriteInt32LittleEndian(file[24..], SampleRange.Rate);
        BinaryPrimitives.WriteInt32LittleEndian(file[28..], SampleRange.Rate * sizeof(short));
        BinaryPrimitives.WriteInt16LittleEndian(file[32..], sizeof(short));
        BinaryPrimitives.WriteInt16LittleEndian(file[34..], 16);
        "data"u8.CopyTo(file[36..]);
        BinaryPrimitives.WriteInt32LittleEndian(file[40..], file.Length - HeaderBytes);
    }
}
