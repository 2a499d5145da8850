using System.Text.Json;
using System.Text.RegularExpressions;

namespace AiPlatform.LlmWorker.Chat.Anthropic;

/// <summary>Parts of a message as Anthropic's blocks.</summary>
static partial class AnthropicParts
{
    /// <param name="isEmpty">Where there is no block: because there is nothing in it, which Anthropic refuses.</param>
    /// <returns>Null for what Anthropic does not take.</returns>
    public static string? Block(JsonElement part, out bool isEmpty)
    {
        isEmpty = false;
        if (part.ValueKind != JsonValueKind.Object)
        {
            return null;
        }
        if (TextOf(part, "text") is { } text && TextOf(part, "type") is "text")
        {
            isEmpty = text.Length == 0;
            return isEmpty ? null : $$"""{"type":"text","text":{{Json(text)}}}""";
        }
        return TextOf(part, "type") is "image_url" && part.TryGetProperty("image_url", out var image) && image.ValueKind == JsonValueKind.Object
            && TextOf(image, "url") is { } url ? Image(url) : null;
    }

    /// <returns>Null where the call is not whole.</returns>
    public static string? Call(JsonElement call)
    {
        if (call.ValueKind != JsonValueKind.Object || TextOf(call, "id") is not { } id
            || !call.TryGetProperty("function", out var function) || function.ValueKind != JsonValueKind.Object || TextOf(function, "name") is not { } name)
        {
            return null;
        }
        var arguments = TextOf(function, "arguments") is { } text && !string.IsNullOrWhiteSpace(text) ? text : "{}";
        try
        {
            using var parsed = JsonDocument.Parse(arguments);
            return parsed.RootElement.ValueKind == JsonValueKind.Object
                ? $$"""{"type":"tool_use","id":{{Json(id)}},"name":{{Json(name)}},"input":{{arguments}}}"""
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static string Image(string url) => Data.Match(url) is { Success: true } data
        ? $$$"""{"type":"image","source":{"type":"base64","media_type":{{{Json(data.Groups["type"].Value)}}},"data":{{{Json(data.Groups["data"].Value)}}}}}"""
        : $$$"""{"type":"image","source":{"type":"url","url":{{{Json(url)}}}}}""";

    static string? TextOf(JsonElement value, string field) =>
        value.TryGetProperty(field, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;

    static string Json(string text) => JsonSerializer.Serialize(text, ChatJson.Default.String);

    // data:image/png;base64,iVBOR…
    [GeneratedRegex(@"\Adata:(?<type>[a-z0-9.+/-]+);base64,(?<data>.*)\z", RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    static partial Regex Data { get; }
}
