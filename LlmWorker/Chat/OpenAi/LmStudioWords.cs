using System.Text.Json;

namespace AiPlatform.LlmWorker.Chat.OpenAi;

/// <summary>What LM Studio takes only in other words: it refuses <c>json_object</c>, and a <c>tool_choice</c> that is not a word.</summary>
static class LmStudioWords
{
    static readonly JsonElement AnyObject = JsonElement.Parse("""{"type":"json_schema","json_schema":{"name":"answer","schema":{"type":"object"}}}""");
    static readonly JsonElement Required = JsonElement.Parse("\"required\"");

    /// <returns>The value to send for a field of the input.</returns>
    public static JsonElement Of(string field, JsonElement value, JsonElement input) => field switch
    {
        "response_format" when Text(value, "type") == "json_object" => AnyObject,
        "tool_choice" when value.ValueKind == JsonValueKind.Object => Required,
        "tools" when Chosen(input) is { } name => Only(name, value),
        _ => value,
    };

    static string? Chosen(JsonElement input) =>
        ChatInput.Given(input, "tool_choice") is { ValueKind: JsonValueKind.Object } choice && choice.TryGetProperty("function", out var function)
            ? Text(function, "name")
            : null;

    /// <summary>With one tool to choose from, "required" means that one.</summary>
    static JsonElement Only(string name, JsonElement tools)
    {
        var named = tools.ValueKind != JsonValueKind.Array ? [] : tools.EnumerateArray()
            .Where(tool => tool.ValueKind == JsonValueKind.Object && tool.TryGetProperty("function", out var function) && Text(function, "name") == name)
            .Select(tool => tool.GetRawText()).ToList();
        return named.Count == 0 ? tools : JsonElement.Parse($"[{string.Join(',', named)}]");
    }

    static string? Text(JsonElement value, string field) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(field, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;
}
