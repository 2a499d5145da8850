using System.Text.Json;

namespace AiPlatform.ModelSimulator.Http;

/// <summary>Reads optional fields of a JSON object; null counts as absent, as in OpenAI's API. The first wrong one is kept.</summary>
sealed class FieldReader(JsonElement root)
{
    public ApiError? Error { get; private set; }

    public void Fail(ApiError error) => Error ??= error;

    public void Fail(string message, string? param) => Error ??= ApiError.BadRequest(message, param);

    public JsonElement? Any(string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public JsonElement? Of(string name, JsonValueKind kind, string noun)
    {
        if (Any(name) is not { } value || value.ValueKind == kind)
            return Any(name);
        Fail($"Input should be a valid {noun}", name);
        return null;
    }

    public string? Text(string name) => Of(name, JsonValueKind.String, "string")?.GetString();

    public bool Flag(string name, bool otherwise = false)
    {
        var value = Any(name);
        if (value is { ValueKind: not (JsonValueKind.True or JsonValueKind.False) })
            Fail("Input should be a valid boolean", name);
        return value is null ? otherwise : value is { ValueKind: JsonValueKind.True };
    }

    public int? Whole(string name, int least)
    {
        if (Of(name, JsonValueKind.Number, "integer") is not { } value)
            return null;
        if (!value.TryGetInt32(out var number))
            Fail("Input should be a valid integer", name);
        else if (number < least)
            Fail($"{name} must be at least {least}, got {number}.", name);
        else
            return number;
        return null;
    }

    public void Number(string name, Func<double, bool> fits, string rule)
    {
        if (Of(name, JsonValueKind.Number, "number")?.GetDouble() is { } number && !fits(number))
            Fail(FormattableString.Invariant($"{name} must be {rule}, got {number}."), name);
    }
}
