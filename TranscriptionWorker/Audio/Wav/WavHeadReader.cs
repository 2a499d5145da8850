using System.Buffers.Binary;
using System.Globalization;

namespace AiPlatform.TranscriptionWorker.Audio.Wav;

/// <summary>
/// Reads the chunks of a WAV file on disk, in whatever order they stand: RIFF, and RF64 or BW64, whose <c>ds64</c> chunk holds the lengths. Format:
/// https://learn.microsoft.com/windows/win32/xaudio2/resource-interchange-file-format--riff- and EBU Tech 3306.
/// </summary>
sealed class WavHeadReader(SpooledAudio file)
{
    const int HeadBytes = 12;
    const int ChunkHeadBytes = 8;
    const int MostFormatBytes = 64;

    // Recorders write a handful. A file of a hundred million empty ones is an attack.
    const int MostChunks = 1000;

    // Recorders that stream do not know the length: they leave 0 or the largest number, and sox 0x7FFFF000. None can be meant.
    const uint LeastUnknown = 0x7FFF_F000;

    byte[]? format;
    ulong? longData;
    (long Start, long There, ulong? Announced)? data;

    public static bool IsWav(ReadOnlySpan<byte> head) =>
        head.Length >= HeadBytes
        && (head.StartsWith("RIFF"u8) || head.StartsWith("RF64"u8) || head.StartsWith("BW64"u8))
        && head[8..HeadBytes].SequenceEqual("WAVE"u8);

    public async Task<WavHead> ReadAsync(CancellationToken ct)
    {
        var buffer = new byte[MostFormatBytes];
        await file.ReadAsync(buffer.AsMemory(0, HeadBytes), 0, ct);
        var riffBytes = BinaryPrimitives.ReadUInt32LittleEndian(buffer.AsSpan(4));
        long at = HeadBytes;
        for (var count = 0; at + ChunkHeadBytes <= file.Bytes && (format is null || data is null); count++)
        {
            if (count == MostChunks)
            {
                return Broken($"it has more than {MostChunks} blocks before its sound");
            }
            await file.ReadAsync(buffer.AsMemory(0, ChunkHeadBytes), at, ct);
            var size = BinaryPrimitives.ReadUInt32LittleEndian(buffer.AsSpan(4));
            var content = at + ChunkHeadBytes;
            var length = await ReadChunkAsync(buffer, content, size, riffBytes, ct);
            // An absurd length ends the walk; it must not wrap around to an earlier place.
            at = content + (long)Math.Min(length + (length & 1), (ulong)file.Bytes);
        }
        return Head();
    }

    /// <returns>The length of the chunk's content.</returns>
    async ValueTask<ulong> ReadChunkAsync(byte[] buffer, long content, uint size, uint riffBytes, CancellationToken ct)
    {
        var there = file.Bytes - content;
        if (buffer.AsSpan(0, 4).SequenceEqual("data"u8))
        {
            var announced = DataLength(size, riffBytes);
            data = (content, there, announced);
            return announced ?? (ulong)there;
        }
        if (buffer.AsSpan(0, 4).SequenceEqual("fmt "u8))
        {
            format = new byte[Math.Min(size, MostFormatBytes)];
            var read = await file.ReadAsync(format, content, ct);
            Array.Resize(ref format, read);
        }
        else if (buffer.AsSpan(0, 4).SequenceEqual("ds64"u8) && await file.ReadAsync(buffer.AsMemory(0, 16), content, ct) == 16)
        {
            longData = BinaryPrimitives.ReadUInt64LittleEndian(buffer.AsSpan(8));
        }
        return size;
    }

    /// <returns>Null where the file does not say.</returns>
    ulong? DataLength(uint size, uint riffBytes) => size switch
    {
        uint.MaxValue when longData is > 0 => longData,
        >= LeastUnknown => null,
        // 0 is open too, unless the file says of itself that it is finished.
        0 when riffBytes != (uint)Math.Min(uint.MaxValue, file.Bytes - 8) => null,
        _ => size,
    };

    WavHead Head()
    {
        if (format is null || data is not var (start, there, announced))
        {
            var missing = format is null ? "format" : "sound";
            return Broken(string.Create(CultureInfo.InvariantCulture, $"it ends after {file.Bytes:N0} bytes without a {missing} block"));
        }
        if (WavFormat.TryRead(format, out var mistake) is not { } known)
        {
            return WavFormat.IsForeign(format) ? new WavHead.Foreign(mistake!.Split(';')[0]) : Broken(mistake!);
        }
        var bytes = (long)Math.Min(announced ?? ulong.MaxValue, (ulong)there) / known.BytesPerFrame * known.BytesPerFrame;
        var isCut = announced > (ulong)there;
        var cut = string.Create(
            CultureInfo.InvariantCulture, $"The audio is truncated: its header announces {announced:N0} bytes of sound and {there:N0} are there.");
        return (bytes, isCut) switch
        {
            (0, true) => new WavHead.Broken(cut),
            (0, false) => new WavHead.Broken("The audio is a WAV file without any sound: its length is 0 s."),
            _ => new WavHead.Readable(known, start, bytes, isCut ? cut : null),
        };
    }

    static WavHead.Broken Broken(string reason) => new($"The audio is a WAV file that cannot be read: {reason}.");
}
