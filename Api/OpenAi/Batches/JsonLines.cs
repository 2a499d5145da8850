using System.Buffers;
using System.Runtime.CompilerServices;

namespace AiPlatform.Api.OpenAi.Batches;

/// <summary>A line that is not blank.</summary>
/// <param name="Number">From 1 on, blank lines counted.</param>
/// <param name="Place">Bytes before it.</param>
/// <param name="Bytes">Of use until the next line is asked for; empty where it is too long.</param>
readonly record struct JsonLine(int Number, long Place, int Length, ReadOnlyMemory<byte> Bytes)
{
    public bool IsTooLong => Bytes.IsEmpty;
}

/// <summary>Divides a file, as its pieces come, into lines; never more of it in memory than a piece and a line of the longest that is allowed.</summary>
static class JsonLines
{
    static readonly byte[] Mark = [0xEF, 0xBB, 0xBF];

    public static async IAsyncEnumerable<JsonLine> ReadAsync(
        IAsyncEnumerable<byte[]> pieces, int longest, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var carried = new ArrayBufferWriter<byte>();
        var (number, place, length) = (1, 0L, 0);
        await foreach (var piece in pieces.WithCancellation(cancellationToken))
        {
            for (var start = 0; start < piece.Length;)
            {
                var end = piece.AsSpan(start).IndexOf((byte)'\n');
                var rest = piece.AsMemory(start, end < 0 ? piece.Length - start : end);
                length += rest.Length;
                start += rest.Length + 1;
                if (end < 0)
                {
                    if (length <= longest)
                        carried.Write(rest.Span);
                    continue;
                }
                if (carried.WrittenCount > 0 && length <= longest)
                    carried.Write(rest.Span);
                if (Line(number, place, length, carried.WrittenCount > 0 ? carried.WrittenMemory : rest, longest) is { } line)
                    yield return line;
                carried.ResetWrittenCount();
                (number, place, length) = (number + 1, place + length + 1, 0);
            }
        }
        if (length > 0 && Line(number, place, length, carried.WrittenMemory, longest) is { } last)
            yield return last;
    }

    static JsonLine? Line(int number, long place, int length, ReadOnlyMemory<byte> bytes, int longest)
    {
        if (length > longest)
            return new JsonLine(number, place, length, default);
        var skipped = place == 0 && bytes.Span.StartsWith(Mark) ? Mark.Length : 0;
        bytes = bytes[skipped..];
        return bytes.Span.ContainsAnyExcept(" \t\r"u8) ? new JsonLine(number, place + skipped, bytes.Length, bytes) : null;
    }
}
