using System.Globalization;
using System.Text;

namespace AiPlatform.Fuzz.Tests;

/// <summary>A request as it goes over the wire. Text is Latin-1, so that each character is a byte.</summary>
sealed record FuzzRequest(string Method, string Target, IReadOnlyList<(string Name, string Value)> Headers, byte[] Body, bool IsChunked)
{
    /// <summary>Stands for the service's token, so that a request can be printed.</summary>
    public const string Service = "{service}";

    /// <summary>Stands for the token of a caller with an owner service of its own.</summary>
    public const string Owner = "{owner}";

    /// <summary>Whether it comes from somebody who may see everybody's jobs.</summary>
    public bool IsOfTheService => Headers.Any(header => header.Value == $"Bearer {Service}");

    public byte[] ToBytes(string service, string owner)
    {
        var head = new StringBuilder($"{Method} {Target} HTTP/1.1\r\n");
        foreach (var (name, value) in Headers)
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value.Replace(Service, service, StringComparison.Ordinal).Replace(Owner, owner, StringComparison.Ordinal)}\r\n");
        if (IsChunked)
            return [.. Encoding.Latin1.GetBytes(head + "Transfer-Encoding: chunked\r\n\r\n"), .. Chunks()];
        if (Body.Length > 0 || Method is "POST" or "PUT" or "PATCH")
            head.Append(CultureInfo.InvariantCulture, $"Content-Length: {Body.Length}\r\n");
        return [.. Encoding.Latin1.GetBytes(head + "\r\n"), .. Body];
    }

    /// <summary>As it stands in a file under <c>regressions</c>: a head of lines, and a body in one line with every other byte as <c>\xNN</c>.</summary>
    public override string ToString() => string.Join('\n',
    [
        $"{Method} {Escaped(Target)}", .. Headers.Select(header => $"{header.Name}: {Escaped(header.Value)}"), .. IsChunked ? ["Transfer-Encoding: chunked"] : Array.Empty<string>(),
        "", Escaped(Encoding.Latin1.GetString(Body)),
    ]);

    public static FuzzRequest Parse(string text)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        var first = lines[0].Split(' ', 2);
        var head = lines.Skip(1).TakeWhile(line => line.Length > 0).Select(line => line.Split(": ", 2)).Select(pair => (Name: pair[0], Value: Unescaped(pair[1]))).ToList();
        var body = lines.SkipWhile(line => line.Length > 0).Skip(1).FirstOrDefault() ?? "";
        return new(first[0], Unescaped(first[1]), [.. head.Where(header => header.Name != "Transfer-Encoding")],
            Encoding.Latin1.GetBytes(Unescaped(body)), head.Any(header => header.Name == "Transfer-Encoding"));
    }

    IEnumerable<byte> Chunks() => Body.Chunk(1000)
        .SelectMany(part => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{part.Length:x}\r\n")).Concat(part).Concat("\r\n"u8.ToArray()))
        .Concat("0\r\n\r\n"u8.ToArray());

    static string Escaped(string text) => string.Concat(text.Select(c =>
        c is '\\' or < ' ' or > '~' ? string.Create(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}") : c.ToString()));

    static string Unescaped(string text)
    {
        var plain = new StringBuilder();
        for (var place = 0; place < text.Length; place++)
        {
            var isEscape = text[place] == '\\' && place + 3 < text.Length;
            plain.Append(isEscape ? (char)int.Parse(text.AsSpan(place + 2, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) : text[place]);
            place += isEscape ? 3 : 0;
        }
        return plain.ToString();
    }
}
