using System.Globalization;
using System.Text;

namespace AiPlatform.Fuzz.Tests;

/// <summary>Everything that is left to chance in one request: the same seed and number draw the same again.</summary>
sealed class Draws(int seed, int number)
{
    static readonly string[] Words = ["fuzz", "other", "default", "llm_chat", "transcription", "embedding", "a", "high", "normal", "failed", "pending"];

    static readonly string[] Strange =
    [
        "", " ", "\0", "a\0b", "\r\n", "\t", "\u007f", "é", "日本語", "👩‍👩‍👧‍👦", "\u202egnp.exe", "\ufeff", "ﷺ", "null", "undefined", "NaN", "-1", "0", "1e999999", "true", "*", "%", "%00", "%ff",
        "../../../../etc/passwd", "..%2f..%2f", "' or '1'='1", "\"; drop table job; --", "<script>alert(1)</script>", "{{7*7}}", "${jndi:ldap://127.0.0.1/a}", "$(id)", "`id`", "\\", "\"", "'",
        "http://169.254.169.254/latest/meta-data", "http://[::1]:5432/", "http://127.1/", "ftp://files", "file:///etc/passwd", "http://א1a.example/", "https://user:secret@example.com/",
        "2030-01-31T12:00:00Z", "9999-12-31T23:59:59.9999999Z", "0001-01-01T00:00:00+14:00", "2030-02-30T00:00:00Z", "-5s", "99999999999h", "1ns", "0199e0c2-0000-7000-8000-000000000000",
        "{0}", "Bearer x", "file-0", "batch_0", "chatcmpl-0",
    ];

    static readonly string[] StrangeValues =
    [
        "null", "true", "false", "0", "-0", "-1", "1.5", "1e3", "1e308", "1e309", "-1e999999", "1E+400", "1e-999999", "0.1e-400", "2147483648", "-2147483649", "9223372036854775808",
        "18446744073709551616", "00", "01", "+1", "1.", ".5", "0x10", "NaN", "Infinity", "{}", "[]", "[[]]", "[null]", "\"\"", "\"\\u0000\"", "\"\\ud800\"", "\"\\udc00x\"", "\"\\uD83D\\uDE00\"",
        "{\"\":\"\"}", "{\"a\":1,\"a\":2}", "{\"__proto__\":{\"x\":1}}", "{\"$type\":\"System.IO.FileInfo\"}", "undefined", "'a'", "/*c*/1", "[1,]", "{\"a\":1,}", "\"\\x\"", "\"a\nb\"",
    ];

    readonly Random _random = new(unchecked((seed * 1_000_003) + number));

    public int Seed => seed;
    public int Number => number;

    public bool Once(int inSoMany) => _random.Next(inSoMany) == 0;

    public int Below(int most) => _random.Next(most);

    public T Of<T>(IReadOnlyList<T> choices) => choices[_random.Next(choices.Count)];

    public string Word() => Once(40) ? Text() : Of(Words);

    public string Number32() => Once(8) ? Of(StrangeValues) : _random.Next(-2, 120).ToString(CultureInfo.InvariantCulture);

    /// <summary>Any text.</summary>
    public string Text() => _random.Next(20) switch
    {
        0 => new string((char)_random.Next('a', 'z'), _random.Next(1, 400)),
        1 => new string(Once(2) ? 'x' : 'é', Once(20) ? _random.Next(1, 100_000) : _random.Next(1, 2_000)),
        2 => Any(_random.Next(1, 40)),
        _ => Of(Strange),
    };

    /// <summary>Anything where a JSON value may stand, much of it not JSON.</summary>
    public string Value() => _random.Next(24) switch
    {
        0 => Nested(_random.Next(2, Once(20) ? 20_000 : 120)),
        1 => (Once(2) ? "-" : "") + new string('7', _random.Next(1, Once(4) ? 12_000 : 200)),
        2 => $"{_random.Next(10)}e{(Once(2) ? "-" : "")}{new string('9', _random.Next(1, 12))}",
        3 => "[" + string.Join(',', Enumerable.Repeat(Once(2) ? "0" : "{}", _random.Next(1, Once(20) ? 20_000 : 500))) + "]",
        4 or 5 => Quoted(Text()),
        _ => Of(StrangeValues),
    };

    public static string Quoted(string text)
    {
        var json = new StringBuilder("\"");
        foreach (var c in text)
            json.Append(c is '"' or '\\' or < ' ' || char.IsSurrogate(c) ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}") : c.ToString());
        return json.Append('"').ToString();
    }

    public byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        _random.NextBytes(bytes);
        return bytes;
    }

    string Any(int length) => string.Create(length, _random, (text, random) =>
    {
        for (var place = 0; place < text.Length; place++)
            text[place] = (char)random.Next(1, 0x3000);
    });

    static string Nested(int levels) => string.Concat(new string('[', levels), new string(']', levels));
}
