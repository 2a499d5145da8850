using System.Globalization;
using System.Text;
using System.Text.Json;

namespace AiPlatform.Fuzz.Tests;

/// <summary>Draws requests for the operations of the document.</summary>
sealed class RequestDraws(JsonElement document, IReadOnlyList<string> ids, bool hasCallers)
{
    static readonly string[] Methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "FOO", "get"];

    static readonly string[] Types =
    [
        "application/json; charset=utf-16", "application/json; charset=", "application/xml", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=",
        "multipart/form-data; boundary=x", "audio/wav", "application/octet-stream", "application/problem+json", "json", ";", "application/json, text/plain",
    ];

    static readonly (string Name, string Value)[] Extras =
    [
        ("Accept", "application/xml"), ("Accept", "*/*;q=0"), ("Accept-Encoding", "gzip, br;q=0, x"), ("Content-Encoding", "gzip"), ("Content-Encoding", "x, gzip, br"), ("Expect", "100-continue"),
        ("Range", "bytes=0-1,5-,-9"), ("If-None-Match", "*"), ("If-Modified-Since", "yesterday"), ("Cookie", "a=b; ;;=; c"), ("Origin", "https://evil.example"), ("Origin", "null"),
        ("Access-Control-Request-Method", "PUT"), ("X-Forwarded-For", "127.0.0.1, ::1, x"), ("X-Forwarded-Proto", "https"), ("X-HTTP-Method-Override", "DELETE"), ("Forwarded", "for=\"[::1]\""),
        ("Upgrade", "h2c"), ("Upgrade", "websocket"), ("Connection", "Upgrade, HTTP2-Settings"), ("Connection", "close"), ("Last-Event-ID", "1-1"), ("traceparent", "00-0-0-0"),
        ("tracestate", "=,=,"), ("baggage", "a=%00,b"), ("x-stainless-retry-count", "99999999999"), ("x-stainless-retry-count", "-1"), ("Content-Disposition", "attachment; filename=\"../x\0\""),
        ("Content-Disposition", "attachment; filename=\"=?utf-7?B?QUFB?=\""), ("Content-Disposition", "attachment; filename*=utf-7''a"),
    ];

    /// <summary>Names that say their encoding, which headers of forms may.</summary>
    static readonly string[] EncodedWords =
        ["=?utf-7?B?QUFB?=", "=?utf-8?B?QUFB?=", "=?utf-16?B?2AA=?=", "=?utf-32?B?AAA=?=", "=?iso-8859-1?B?/w==?=", "=?utf-8?B?AA==?=", "=?none?B?QUFB?=", "=?utf-8?B?*?=", "=?utf-8?Q?a?=", "=?=?="];

    readonly IReadOnlyList<Operation> _operations = Operation.In(document);
    readonly JsonElement _schemas = document.GetProperty("components").GetProperty("schemas");

    public FuzzRequest Draw(Draws draws)
    {
        var operation = draws.Of(_operations);
        var (type, body) = operation.Method is "POST" or "PUT" or "PATCH" ? Body(operation, draws) : (null, []);
        var method = draws.Once(40) ? draws.Of(Methods) : operation.Method;
        return new(method, Target(operation, draws), Headers(operation, type, draws), body, body.Length > 0 && draws.Once(6));
    }

    string Target(Operation operation, Draws draws)
    {
        var path = string.Join('/', operation.Path.Split('/').Select(part => part.StartsWith('{') ? Id(draws) : part));
        path = draws.Once(60) ? draws.Of<string>([path + "/", "/" + path, path + "/..", path.ToUpperInvariant(), path + ";a=b", path[..(draws.Below(path.Length) + 1)], "*", path + "%2e%2e%2f"]) : path;
        List<string> query = [];
        foreach (var parameter in operation.Parameters.Where(parameter => parameter.In == "query" && draws.Once(3)))
        {
            query.Add($"{parameter.Name}={InQuery(parameter, draws)}");
            if (draws.Once(30))
                query.Add($"{parameter.Name}={draws.Word()}");
        }
        if (draws.Once(30))
            query.Add(Uri.EscapeDataString(Short(draws.Text(), 3_000)) + (draws.Once(3) ? "" : "=" + Uri.EscapeDataString(draws.Word())));
        if (draws.Once(200))
            query.AddRange(Enumerable.Range(0, draws.Below(300)).Select(number => $"p{number}"));
        return path + (query.Count > 0 ? "?" + string.Join('&', query) : "");
    }

    string Id(Draws draws) => draws.Once(8)
        ? draws.Once(3) ? draws.Of<string>(["%00", "%", "%zz", "%c0%af", "%ff", "a%20b", "\x80\xff", new string('a', 9_000), new string('a', 20_000)]) : Uri.EscapeDataString(Short(draws.Text(), 1_000))
        : draws.Of(ids);

    string InQuery(Parameter parameter, Draws draws)
    {
        var drawn = new JsonDraws(_schemas, draws).Draw(parameter.Schema, parameter.Name);
        var text = draws.Once(10) ? draws.Text() : drawn.Trim('"');
        return draws.Once(20) ? Latin(Short(text, 200)).Replace(' ', '+') : Uri.EscapeDataString(Short(text, 2_000));
    }

    List<(string, string)> Headers(Operation operation, string? type, Draws draws)
    {
        List<(string, string)> headers = [("Host", draws.Once(100) ? draws.Of<string>(["", "evil.example", "a b", "[::1", "127.0.0.1:99999"]) : "127.0.0.1")];
        if (!draws.Once(6))
            headers.Add(("Authorization", $"Bearer {(hasCallers && !draws.Once(3) ? FuzzRequest.Owner : FuzzRequest.Service)}"));
        else if (draws.Once(2))
            headers.Add(("Authorization", draws.Of<string>(["Bearer", "Bearer ", "Basic eDp5", "Bearer x", "bearer  " + new string('t', 3_000), Latin(draws.Text())])));
        if (type is not null && !draws.Once(60))
            headers.Add(("Content-Type", draws.Once(30) ? draws.Of(Types) : type));
        foreach (var parameter in operation.Parameters.Where(parameter => parameter.In == "header" && draws.Once(3)))
            headers.Add((parameter.Name, draws.Once(6) ? Latin(Short(draws.Text(), 2_000)) : draws.Word() + draws.Below(50).ToString(CultureInfo.InvariantCulture)));
        for (var more = draws.Below(4) - 1; more > 0; more--)
            headers.Add(draws.Of(Extras));
        if (draws.Once(200))
            headers.AddRange(Enumerable.Range(0, draws.Below(260)).Select(number => ($"X-{number}", new string('h', draws.Below(400)))));
        return headers;
    }

    (string?, byte[]) Body(Operation operation, Draws draws)
    {
        var (type, text) = operation.Body is { } schema
            ? ("application/json", new JsonDraws(_schemas, draws).Draw(schema))
            : operation.Path.EndsWith("}/cancel", StringComparison.Ordinal) || operation.Path.EndsWith("}/retry", StringComparison.Ordinal) ? (null, draws.Once(5) ? draws.Value() : "")
            : Form(draws);
        return (type, Broken(Encoding.UTF8.GetBytes(text), draws));
    }

    static (string, string) Form(Draws draws)
    {
        var form = new StringBuilder();
        foreach (var name in (string[])["file", "purpose", "model", "response_format", "expires_after[anchor]", "timestamp_granularities[]", draws.Word()])
        {
            if (name != "file" && draws.Once(2))
                continue;
            var value = name switch { "purpose" when !draws.Once(5) => "batch", "file" => draws.Once(4) ? "" : draws.Text(), _ => draws.Word() };
            var shown = draws.Once(30) ? draws.Of(EncodedWords) : name;
            form.Append(CultureInfo.InvariantCulture, $"--x\r\nContent-Disposition: form-data; name=\"{shown}\"{(name == "file" ? $"; {Filename(draws)}" : "")}\r\n");
            form.Append(draws.Once(20) ? draws.Text() : "Content-Type: text/plain").Append("\r\n\r\n").Append(value).Append("\r\n");
        }
        return ("multipart/form-data; boundary=x", form.Append(draws.Once(15) ? "" : "--x--\r\n").ToString());
    }

    static string Filename(Draws draws) => draws.Below(20) switch
    {
        0 => $"filename=\"{draws.Of(EncodedWords)}\"",
        1 => $"filename*={draws.Of<string>(["utf-7", "utf-8", "utf-16", "iso-8859-1", "none", ""])}''{draws.Of<string>(["a", "%00", "%ff", "%zz", ""])}",
        _ => $"filename=\"{draws.Word()}\"",
    };

    static byte[] Broken(byte[] bytes, Draws draws)
    {
        if (bytes.Length == 0 || !draws.Once(15))
            return bytes;
        var place = draws.Below(bytes.Length);
        switch (draws.Below(5))
        {
            case 0:
                return bytes[..place];
            case 1:
                return [.. bytes, .. draws.Bytes(draws.Below(20) + 1)];
            case 2:
                return [.. "\ufeff"u8, .. bytes];
            case 3:
                return [.. bytes[..place], .. draws.Bytes(draws.Below(4) + 1), .. bytes[place..]];
            default:
                bytes[place] ^= (byte)(1 << draws.Below(8));
                return bytes;
        }
    }

    static string Short(string text, int most)
    {
        var cut = text.Length > most ? text[..most] : text;
        // Half a character cannot be escaped.
        return string.Concat(cut.Where(c => !char.IsSurrogate(c)));
    }

    static string Latin(string text) => string.Concat(text.Where(c => c is not ('\r' or '\n') && c < 256));
}
