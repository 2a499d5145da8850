using System.Text.Json;
using AiPlatform.ModelSimulator.Http;

namespace AiPlatform.ModelSimulator.Chat;

/// <summary>Reads <c>tools</c> and <c>tool_choice</c>. Only a forced choice is a call: on <c>auto</c> the simulated model prefers to talk.</summary>
static class ChatTools
{
    /// <param name="mayForce">False: the server does not look at <c>tool_choice</c>.</param>
    public static (ToolCall? Call, int PromptTokens) Read(FieldReader fields, bool mayForce = true)
    {
        var tools = Functions(fields, out var tokens);
        if (!mayForce)
            return (null, tokens);
        switch (fields.Any("tool_choice"))
        {
            case null:
                return (null, tokens);
            case { ValueKind: JsonValueKind.String } word when word.GetString() is "auto" or "none":
                return (null, tokens);
            case { ValueKind: JsonValueKind.String } word when word.ValueEquals("required"u8):
                if (tools.Count > 0)
                    return (Call(tools[0]), tokens);
                fields.Fail("When using `tool_choice`, `tools` must be set.", "tool_choice");
                return (null, tokens);
            case { ValueKind: JsonValueKind.Object } named
                when Property(named, "function") is { } function && Property(function, "name") is { ValueKind: JsonValueKind.String } name:
                foreach (var tool in tools)
                {
                    if (tool.GetProperty("name").ValueEquals(name.GetString()))
                        return (Call(tool), tokens);
                }

                fields.Fail("The tool specified in `tool_choice` does not match any of the specified `tools`", "tool_choice");
                return (null, tokens);
            default:
                fields.Fail("`tool_choice` must either be a named tool, \"auto\", \"none\" or \"required\".", "tool_choice");
                return (null, tokens);
        }
    }

    static List<JsonElement> Functions(FieldReader fields, out int tokens)
    {
        tokens = 0;
        var functions = new List<JsonElement>();
        if (fields.Of("tools", JsonValueKind.Array, "list") is not { } tools)
            return functions;
        foreach (var tool in tools.EnumerateArray())
        {
            if (Property(tool, "function") is { } function && Property(function, "name") is { ValueKind: JsonValueKind.String })
                functions.Add(function);
            else
                fields.Fail("Each tool should be an object with function.name", "tools");
            tokens += ChatMessages.TokensOf(tool.GetRawText());
        }

        return functions;
    }

    static ToolCall Call(JsonElement function) => new(
        function.GetProperty("name").GetString()!,
        Property(function, "parameters") is { } parameters ? SchemaExample.Of(parameters, "simulated") : "{}");

    static JsonElement? Property(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out var value) ? value : null;
}
