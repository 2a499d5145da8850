using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using AiPlatform.Contracts;

namespace AiPlatform.Api.OpenAi;

/// <summary>Writes answers as OpenAI's own service does.</summary>
static class OpenAiJson
{
    // As ApiJson does: every letter outside ASCII would take six bytes.
    static readonly JavaScriptEncoder Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    public static readonly ContractsJson Types = new(new JsonSerializerOptions(ContractsJson.Default.Options) { Encoder = Encoder });

    public static readonly JsonWriterOptions Writing = new() { Encoder = Encoder, SkipValidation = true };

    /// <summary>A field as it came: numbers keep their digits. Null where it is not there.</summary>
    public static void WriteAsIs(this Utf8JsonWriter json, string name, JsonElement? value)
    {
        if (value is { ValueKind: not (JsonValueKind.Undefined or JsonValueKind.Null) } given)
        {
            json.WritePropertyName(name);
            json.WriteRawValue(JsonMarshal.GetRawUtf8Value(given), skipInputValidation: true);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    /// <summary>A field that is there and not null.</summary>
    public static JsonElement? Field(this JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public static string? Text(this JsonElement owner, string name) =>
        owner.Field(name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    /// <summary>A field that is an array of objects; an external worker may have stored anything.</summary>
    public static JsonElement? Objects(this JsonElement owner, string name) =>
        owner.Field(name) is { ValueKind: JsonValueKind.Array } items && items.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Object) ? items : null;
}
