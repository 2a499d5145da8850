using System.Text;
using System.Text.Json;

namespace AiPlatform.Fuzz.Tests;

/// <summary>Draws JSON after a schema of the document, most of it as the schema says and some of it not.</summary>
sealed class JsonDraws(JsonElement schemas, Draws draws)
{
    const int MostLevels = 8;

    // None of them waits for long.
    static readonly string[] Durations = ["0s", "1ms", "5ms", "1s", "72h", "soon", "-1s", "100000h"];

    readonly StringBuilder _text = new();

    // Many are to get past the checks.
    readonly bool _isTame = draws.Once(2);

    public string Draw(JsonElement schema)
    {
        Value(schema, "", 0);
        return _text.ToString();
    }

    public string Draw(JsonElement schema, string name)
    {
        Value(schema, name, 0);
        return _text.ToString();
    }

    void Value(JsonElement schema, string name, int level)
    {
        if (IsWild(25))
            _text.Append(draws.Value());
        else if (schema.TryGetProperty("$ref", out var reference))
            Value(schemas.GetProperty(reference.GetString()!.Split('/')[^1]), name, level);
        else if (schema.TryGetProperty("oneOf", out var choices))
            Value(choices[choices.GetArrayLength() - 1], name, level);
        else if (schema.TryGetProperty("enum", out var words))
            _text.Append(words[draws.Below(words.GetArrayLength())].GetRawText());
        else
            Typed(schema, Type(schema), name, level);
    }

    void Typed(JsonElement schema, string type, string name, int level)
    {
        switch (type)
        {
            case "object" when level < MostLevels:
                Object(schema, level);
                break;
            case "array" when level < MostLevels:
                _text.Append('[');
                for (int left = draws.Once(10) ? 0 : draws.Below(3) + 1; left > 0; left--)
                {
                    Value(schema.GetProperty("items"), name, level + 1);
                    _text.Append(left > 1 ? "," : "");
                }
                _text.Append(']');
                break;
            case "integer" or "number":
                _text.Append(draws.Number32());
                break;
            case "boolean":
                _text.Append(draws.Once(2) ? "true" : "false");
                break;
            case "string":
                _text.Append(Draws.Quoted(String(schema, name)));
                break;
            default:
                Anything(name);
                break;
        }
    }

    void Object(JsonElement schema, int level)
    {
        var required = schema.TryGetProperty("required", out var names) ? names.EnumerateArray().Select(field => field.GetString()).ToHashSet() : [];
        List<(string Name, JsonElement Schema)> fields = [];
        foreach (var field in schema.TryGetProperty("properties", out var properties) ? properties.EnumerateObject().ToList() : [])
        {
            if (required.Contains(field.Name) ? IsWild(30) : !draws.Once(_isTame ? 5 : 3))
                continue;
            fields.Add((field.Name, field.Value));
            if (IsWild(60))
                fields.Add((field.Name, field.Value));
        }
        _text.Append('{');
        foreach (var (name, field) in fields)
        {
            _text.Append(Draws.Quoted(name)).Append(':');
            Value(field, name, level + 1);
            _text.Append(',');
        }
        if (IsWild(20) || fields.Count == 0)
            _text.Append(Draws.Quoted(draws.Text())).Append(':').Append(draws.Value()).Append(',');
        _text.Length--;
        _text.Append('}');
    }

    string String(JsonElement schema, string name)
    {
        if (IsWild(15))
            return draws.Text();
        return (schema.TryGetProperty("format", out var format) ? format.GetString() : name) switch
        {
            "uuid" => "0199e0c2-0000-7000-8000-00000000000" + draws.Below(10),
            "date-time" => $"20{draws.Below(99):00}-01-31T12:00:00Z",
            "uri" => "https://example.com/" + draws.Word(),
            "wait" or "result_ttl" or "retry_after" or "delay" => draws.Of(Durations),
            _ => draws.Word(),
        };
    }

    void Anything(string name) => _text.Append(name switch
    {
        "messages" when _isTame || !draws.Once(5) => """[{"role":"user","content":"Say hello."}]""",
        "input" when draws.Once(2) => "\"Say hello.\"",
        _ => IsWild(3) ? draws.Value() : """{"n":1}""",
    });

    bool IsWild(int onceIn) => !_isTame && draws.Once(onceIn);

    static string Type(JsonElement schema) => !schema.TryGetProperty("type", out var type) ? "any"
        : type.ValueKind == JsonValueKind.String ? type.GetString()!
        : type.EnumerateArray().Select(one => one.GetString()!).First(one => one != "null");
}
