using System.Globalization;
using System.Text.Json;

namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>Fields of an answer that other people wrote: absent, null and of another type are all the same.</summary>
static class JsonFields
{
    public static JsonElement? Given(JsonElement value, string name) =>
        value.TryGetProperty(name, out var found) && found.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined) ? found : null;

    public static string? Text(JsonElement value, string name) =>
        Given(value, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    /// <summary>A number, or a number in quotes: vLLM has written both.</summary>
    public static double? Number(JsonElement value, string name) => Given(value, name) switch
    {
        { ValueKind: JsonValueKind.Number } number => Finite(number.GetDouble()),
        { ValueKind: JsonValueKind.String } text => double.TryParse(text.GetString(), CultureInfo.InvariantCulture, out var number) ? Finite(number) : null,
        _ => null,
    };

    static double? Finite(double number) => double.IsFinite(number) ? number : null;
}
