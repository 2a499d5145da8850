using System.Buffers.Binary;
using System.Globalization;

namespace AiPlatform.TranscriptionWorker.Audio.Wav;

/// <summary>
/// Reads the chunks of a WAV file, in whatever order they stand: RIFF, and RF64 or BW64, whose <c>ds64</c> chunk holds the lengths. Format:
/// https://learn.microsoft.com/windows/win32/xaudio2/resource-interchange-file-format--riff- and EBU Tech 3306.
/// </summary>
static class WavReader
{
    const int HeadBytes = 12;

    // Recorders that stream do not know the length: they leave 0 or the largest number, and sox 0x7FFFF000. None can be meant.
    const uint LeastUnknown = 0x7FFF_F000;

    /// <returns>Null for audio that cannot be used; <paramref name="problem"/> then says in a whole sentence what was found and is accepted.</returns>
    public static WavFile? TryRead(ReadOnlyMemory<byte> file, out string? problem)
    {
        var bytes = file.Span;
        if (bytes.IsEmpty)
        {
            problem = "The audio is empty: it has 0 bytes.";
            return null;
        }
        if (!IsWav(bytes))
        {
            problem = $"The audio is {AudioKind.Of(bytes)}; a WAV file is accepted.";
            return null;
        }
        return Read(file, out problem);
    }

    static bool IsWav(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= HeadBytes
        && (bytes.StartsWith("RIFF"u8) || bytes.StartsWith("RF64"u8) || bytes.StartsWith("BW64"u8))
        && bytes[8..HeadBytes].SequenceEqual("WAVE"u8);

    static WavFile? Read(ReadOnlyMemory<byte> file, out string? problem)
    {
        var bytes = file.Span;
        ReadOnlySpan<byte> formatChunk = default;
        ulong? longData = null;
        (int Start, ulong? Length)? data = null;
        var at = (ulong)HeadBytes;
        while (at + 8 <= (ulong)bytes.Length && (formatChunk.IsEmpty || data is null))
        {
            var name = bytes.Slice((int)at, 4);
            var size = BinaryPrimitives.ReadUInt32LittleEndian(bytes[((int)at + 4)..]);
            var content = bytes[((int)at + 8)..];
            ulong length = size;
            if (name.SequenceEqual("data"u8))
            {
                data = ((int)at + 8, DataLength(bytes, size, longData));
                length = data.Value.Length ?? (ulong)content.Length;
            }
            else if (name.SequenceEqual("fmt "u8))
            {
                formatChunk = content[..(int)Math.Min(size, (uint)content.Length)];
            }
            else if (name.SequenceEqual("ds64"u8) && content.Length >= 16)
            {
                longData = BinaryPrimitives.ReadUInt64LittleEndian(content[8..]);
            }
            // An absurd length ends the walk; it must not wrap around to an earlier place.
            at = Math.Min(at + 8 + Math.Min(length, int.MaxValue) + (length & 1), int.MaxValue);
        }
        return Make(file, formatChunk, data, out problem);
    }

    /// <returns>Null where the file does not say.</returns>
    static ulong? DataLength(ReadOnlySpan<byte> file, uint size, ulong? longData) => size switch
    {
        uint.MaxValue when longData is > 0 => longData,
        >= LeastUnknown => null,
        // 0 is open too, unless the file says of itself that it is finished.
        0 when BinaryPrimitives.ReadUInt32LittleEndian(file[4..]) != (uint)file.Length - 8 => null,
        _ => size,
    };

    static WavFile? Make(ReadOnlyMemory<byte> file, ReadOnlySpan<byte> formatChunk, (int Start, ulong? Length)? data, out string? problem)
    {
        if (formatChunk.IsEmpty || data is not var (start, announced))
        {
            var missing = formatChunk.IsEmpty ? "format" : "sound";
            problem = string.Create(
                CultureInfo.InvariantCulture,
                $"The audio is a WAV file that cannot be read: it ends after {file.Length:N0} bytes without a {missing} block.");
            return null;
        }
        if (WavFormat.TryRead(formatChunk, out var mistake) is not { } format)
        {
            problem = $"The audio is a WAV file that cannot be read: {mistake}.";
            return null;
        }
        var there = file.Length - start;
        if (announced > (ulong)there)
        {
            problem = string.Create(
                CultureInfo.InvariantCulture,
                $"The audio is truncated: its header announces {announced:N0} bytes of sound and {there:N0} are there.");
            return null;
        }
        var length = (int)(announced ?? (ulong)there) / format.BytesPerFrame * format.BytesPerFrame;
        problem = length == 0 ? "The audio is a WAV file without any sound: its length is 0 s." : null;
        return length == 0 ? null : new WavFile(format, file.Slice(start, length));
    }
}
