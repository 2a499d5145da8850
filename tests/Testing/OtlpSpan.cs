using System.Buffers.Binary;
using System.Text;

namespace AiPlatform.Testing;

/// <summary>A span as it stands in OTLP's protobuf: what tests ask for.</summary>
/// <param name="Service">The <c>service.name</c> of its process.</param>
/// <param name="Scope">The source that it came from.</param>
/// <param name="Parent">The id of its parent; empty for none.</param>
/// <param name="Kind">1 internal, 2 server, 3 client, 4 producer, 5 consumer.</param>
/// <param name="Attributes">A list as its entries, with commas between.</param>
/// <param name="Status">0 unset, 1 ok, 2 error.</param>
public sealed record OtlpSpan(
    string Service, string Scope, string Trace, string Id, string Parent, string State, string Name, int Kind,
    IReadOnlyDictionary<string, string> Attributes, IReadOnlyList<string> Events, IReadOnlyList<(string Trace, string Span)> Links, int Status)
{
    /// <param name="request">An <c>ExportTraceServiceRequest</c>.</param>
    public static IEnumerable<OtlpSpan> Read(byte[] request)
    {
        foreach (var resourceSpans in All(request, 1))
        {
            var resource = Attributed(All(All(resourceSpans, 1).FirstOrDefault() ?? [], 1));
            foreach (var (scope, span) in All(resourceSpans, 2).SelectMany(spans => All(spans, 2).Select(span => (Text(All(spans, 1).FirstOrDefault() ?? [], 1), span))))
            {
                yield return new OtlpSpan(
                    resource.GetValueOrDefault("service.name", ""), scope, Hex(span, 1), Hex(span, 2), Hex(span, 4), Text(span, 3), Text(span, 5),
                    (int)Number(span, 6), Attributed(All(span, 9)), [.. All(span, 11).Select(entry => Text(entry, 2))],
                    [.. All(span, 13).Select(link => (Hex(link, 1), Hex(link, 2)))], (int)Number(All(span, 15).FirstOrDefault() ?? [], 3));
            }
        }
    }

    static Dictionary<string, string> Attributed(IEnumerable<byte[]> pairs) =>
        pairs.ToDictionary(pair => Text(pair, 1), pair => Value(All(pair, 2).FirstOrDefault() ?? []), StringComparer.Ordinal);

    static string Value(byte[] any)
    {
        foreach (var (field, number, bytes) in Fields(any))
        {
            return field switch
            {
                1 => Encoding.UTF8.GetString(bytes),
                2 => number == 0 ? "false" : "true",
                4 => FormattableString.Invariant($"{BitConverter.UInt64BitsToDouble(number)}"),
                5 => string.Join(',', All(bytes, 1).Select(Value)),
                _ => FormattableString.Invariant($"{(long)number}"),
            };
        }
        return "";
    }

    static string Hex(byte[] message, int field) => Convert.ToHexStringLower(All(message, field).FirstOrDefault() ?? []);

    static string Text(byte[] message, int field) => Encoding.UTF8.GetString(All(message, field).FirstOrDefault() ?? []);

    static ulong Number(byte[] message, int field) => Fields(message).FirstOrDefault(entry => entry.Field == field).Number;

    static IEnumerable<byte[]> All(byte[] message, int field) => Fields(message).Where(entry => entry.Field == field).Select(entry => entry.Bytes);

    static IEnumerable<(int Field, ulong Number, byte[] Bytes)> Fields(byte[] message)
    {
        for (var at = 0; at < message.Length;)
        {
            var tag = Varint(message, ref at);
            var (field, number, bytes) = ((int)(tag >> 3), 0UL, Array.Empty<byte>());
            switch (tag & 7)
            {
                case 0:
                    number = Varint(message, ref at);
                    break;
                case 1:
                    number = BinaryPrimitives.ReadUInt64LittleEndian(message.AsSpan(at));
                    at += 8;
                    break;
                case 2:
                    var length = (int)Varint(message, ref at);
                    bytes = message[at..(at + length)];
                    at += length;
                    break;
                case 5:
                    number = BinaryPrimitives.ReadUInt32LittleEndian(message.AsSpan(at));
                    at += 4;
                    break;
                default:
                    throw new FormatException($"Field {field} has wire type {tag & 7}.");
            }
            yield return (field, number, bytes);
        }
    }

    static ulong Varint(byte[] message, ref int at)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var next = message[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}
