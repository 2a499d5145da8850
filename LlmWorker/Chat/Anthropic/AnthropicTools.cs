using System.Runtime.InteropServices;
using System.Text.Json;

namespace AiPlatform.LlmWorker.Chat.Anthropic;

/// <summary>OpenAI's <c>tools</c>, <c>tool_choice</c> and <c>parallel_tool_calls</c> in Anthropic's words.</summary>
static class AnthropicTools
{
    public static void Write(Utf8JsonWriter writer, JsonElement input)
    {
        if (ChatInput.Given(input, "tools") is not { ValueKind: JsonValueKind.Array } tools || tools.GetArrayLength() == 0)
        {
            return;
        }
        writer.WriteStartArray("tools");
        foreach (var tool in tools.EnumerateArray())
        {
            WriteTool(writer, tool);
        }
        writer.WriteEndArray();
        WriteChoice(writer, ChatInput.Given(input, "tool_choice"), ChatInput.Given(input, "parallel_tool_calls")?.ValueKind == JsonValueKind.False);
    }

    static void WriteTool(Utf8JsonWriter writer, JsonElement tool)
    {
        writer.WriteStartObject();
        if (tool.ValueKind == JsonValueKind.Object && tool.TryGetProperty("function", out var function) && function.ValueKind == JsonValueKind.Object)
        {
            foreach (var (from, to) in new[] { ("name", "name"), ("description", "description"), ("parameters", "input_schema") })
            {
                if (ChatInput.Given(function, from) is { } value)
                {
                    writer.WritePropertyName(to);
                    writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);
                }
            }
            if (ChatInput.Given(function, "parameters") is null)
            {
                writer.WriteStartObject("input_schema");
                writer.WriteString("type", "object");
                writer.WriteEndObject();
            }
        }
        writer.WriteEndObject();
    }

    static void WriteChoice(Utf8JsonWriter writer, JsonElement? choice, bool oneAtATime)
    {
        var (type, name) = choice switch
        {
            { ValueKind: JsonValueKind.String } word => (word.GetString() switch { "required" => "any", "none" => "none", _ => "auto" }, null),
            { ValueKind: JsonValueKind.Object } named when named.TryGetProperty("function", out var function)
                && function.ValueKind == JsonValueKind.Object && function.TryGetProperty("name", out var text) => ("tool", text.ToString()),
            _ => ("auto", null),
        };
        if (choice is null && !oneAtATime)
        {
            return;
        }
        writer.WriteStartObject("tool_choice");
        writer.WriteString("type", type);
        if (name is not null)
        {
            writer.WriteString("name", name);
        }
        if (oneAtATime && type != "none")
        {
            writer.WriteBoolean("disable_parallel_tool_use", true);
        }
        writer.WriteEndObject();
    }
}
