using System.Text.Json;

namespace AiPlatform.LlmWorker.Chat.Anthropic;

/// <summary>The <c>response_format</c> of a request, as the schema of a tool that gives the answer.</summary>
static class AnthropicShape
{
    static readonly JsonElement AnyObject = JsonElement.Parse("""{"type":"object"}""");

    /// <returns>Null for plain text.</returns>
    public static JsonElement? Of(JsonElement input, out string? obstacle)
    {
        obstacle = null;
        if (ChatInput.Given(input, "response_format") is not { } format || Type(format) == "text")
        {
            return null;
        }
        if (ChatInput.Given(input, "tools") is not null)
        {
            obstacle = "'response_format' and 'tools' cannot be given together.";
            return null;
        }
        switch (Type(format))
        {
            case "json_object":
                return AnyObject;
            case "json_schema" when Schema(format) is { } schema:
                return schema;
            default:
                obstacle = "'response_format' must be text, json_object, or a json_schema of an object.";
                return null;
        }
    }

    static string? Type(JsonElement format) =>
        format.ValueKind == JsonValueKind.Object && format.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String
            ? type.GetString()
            : null;

    static JsonElement? Schema(JsonElement format) =>
        format.TryGetProperty("json_schema", out var named) && named.ValueKind == JsonValueKind.Object
        && named.TryGetProperty("schema", out var schema) && schema.ValueKind == JsonValueKind.Object && Type(schema) == "object"
            ? schema
            : null;
}
