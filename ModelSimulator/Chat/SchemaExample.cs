using System.Buffers;
using System.Text;
using System.Text.Json;
using AiPlatform.ModelSimulator.Answers;

namespace AiPlatform.ModelSimulator.Chat;

/// <summary>Writes the plainest JSON that a JSON schema allows, as guided decoding would force a real model to.</summary>
sealed class SchemaExample
{
    // A schema may refer to itself; beyond this depth only what is required is written, beyond the second nothing is followed.
    const int OptionalDepth = 6;
    const int MaxDepth = 32;

    readonly JsonElement root;
    readonly string sentence;
    readonly Utf8JsonWriter json;

    SchemaExample(JsonElement root, string sentence, Utf8JsonWriter json)
    {
        this.root = root;
        this.sentence = sentence;
        this.json = json;
    }

    public static string Of(JsonElement schema, string sentence) => Write(json => new SchemaExample(schema, sentence, json).Value(schema, 0));

    public static string Object(string sentence) => Write(json =>
    {
        json.WriteStartObject();
        json.WriteBoolean("simulated", true);
        json.WriteString("answer", sentence);
        json.WriteEndObject();
    });

    static string Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, JsonText.Options))
            write(json);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    void Value(JsonElement schema, int depth)
    {
        if (depth > MaxDepth || schema.ValueKind != JsonValueKind.Object)
            json.WriteNullValue();
        else if (Find(schema, "$ref", JsonValueKind.String) is { } reference)
            Value(Resolve(reference.GetString()!), depth + 1);
        else if (schema.TryGetProperty("const", out var constant))
            constant.WriteTo(json);
        else if (Find(schema, "enum", JsonValueKind.Array) is { } values && values.GetArrayLength() > 0)
            values[0].WriteTo(json);
        else if (FirstOf(schema, "anyOf", "oneOf", "allOf") is { } choice)
            Value(choice, depth + 1);
        else
            Typed(schema, TypeOf(schema), depth);
    }

    void Typed(JsonElement schema, string type, int depth)
    {
        switch (type)
        {
            case "object":
                Properties(schema, depth);
                break;
            case "array":
                Items(schema, depth);
                break;
            case "integer" or "number":
                json.WriteRawValue(Find(schema, "minimum", JsonValueKind.Number)?.GetRawText() ?? "1");
                break;
            case "boolean":
                json.WriteBooleanValue(true);
                break;
            case "null":
                json.WriteNullValue();
                break;
            default:
                json.WriteStringValue(Text(schema));
                break;
        }
    }

    void Properties(JsonElement schema, int depth)
    {
        var required = Find(schema, "required", JsonValueKind.Array) is { } names
            ? names.EnumerateArray().Select(name => name.ToString()).ToHashSet(StringComparer.Ordinal)
            : [];
        json.WriteStartObject();
        if (Find(schema, "properties", JsonValueKind.Object) is { } properties)
        {
            foreach (var property in properties.EnumerateObject())
            {
                if (depth >= OptionalDepth && !required.Contains(property.Name))
                    continue;
                json.WritePropertyName(property.Name);
                Value(property.Value, depth + 1);
            }
        }

        json.WriteEndObject();
    }

    void Items(JsonElement schema, int depth)
    {
        var least = Find(schema, "minItems", JsonValueKind.Number) is { } count && count.TryGetInt32(out var number) ? Math.Clamp(number, 0, 100) : 0;
        json.WriteStartArray();
        if (Find(schema, "items", JsonValueKind.Object) is { } items)
        {
            for (var index = 0; index < Math.Max(least, depth < OptionalDepth ? 1 : 0); index++)
                Value(items, depth + 1);
        }

        json.WriteEndArray();
    }

    string Text(JsonElement schema)
    {
        var text = Find(schema, "format", JsonValueKind.String)?.GetString() switch
        {
            "date-time" => "2025-01-01T00:00:00Z",
            "date" => "2025-01-01",
            "time" => "00:00:00Z",
            "uuid" => "00000000-0000-4000-8000-000000000000",
            "email" => "simulated@example.com",
            "uri" => "https://example.com/simulated",
            _ => sentence
        };
        if (Find(schema, "maxLength", JsonValueKind.Number) is { } most && most.TryGetInt32(out var longest) && longest >= 0 && text.Length > longest)
            text = text[..longest];
        return Find(schema, "minLength", JsonValueKind.Number) is { } least && least.TryGetInt32(out var shortest)
            ? text.PadRight(Math.Clamp(shortest, 0, 10_000), '.')
            : text;
    }

    JsonElement Resolve(string reference)
    {
        var found = root;
        foreach (var step in reference.TrimStart('#').Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var name = step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            if (found.ValueKind != JsonValueKind.Object || !found.TryGetProperty(name, out found))
                return default;
        }

        return found;
    }

    static string TypeOf(JsonElement schema) =>
        Find(schema, "type", JsonValueKind.String)?.GetString()
        ?? (Find(schema, "type", JsonValueKind.Array) is { } several && several.GetArrayLength() > 0 ? several[0].ToString() : null)
        ?? (schema.TryGetProperty("properties", out _) ? "object" : schema.TryGetProperty("items", out _) ? "array" : "string");

    static JsonElement? FirstOf(JsonElement schema, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (Find(schema, name, JsonValueKind.Array) is { } choices && choices.GetArrayLength() > 0)
                return choices[0];
        }

        return null;
    }

    static JsonElement? Find(JsonElement schema, string name, JsonValueKind kind) =>
        schema.TryGetProperty(name, out var value) && value.ValueKind == kind ? value : null;
}
