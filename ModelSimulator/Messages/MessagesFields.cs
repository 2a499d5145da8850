using System.Collections.Frozen;
using System.Text.Json;
using AiPlatform.ModelSimulator.Http;

namespace AiPlatform.ModelSimulator.Messages;

/// <summary>Anthropic's words for what is wrong with a field: where it is, a colon, and what is expected.</summary>
static class MessagesFields
{
    static readonly FrozenSet<string> Known = (
        "model messages max_tokens system stream stop_sequences temperature top_p top_k metadata tools tool_choice thinking service_tier container")
        .Split(' ').ToFrozenSet(StringComparer.Ordinal);

    public static void Check(FieldReader fields, JsonElement root)
    {
        foreach (var field in root.EnumerateObject())
        {
            if (!Known.Contains(field.Name))
                fields.Fail($"{field.Name}: Extra inputs are not permitted", null);
        }

        foreach (var required in new[] { "model", "messages", "max_tokens" })
        {
            if (fields.Any(required) is null)
                fields.Fail($"{required}: Field required", null);
        }

        if (fields.Any("temperature") is { ValueKind: JsonValueKind.Number } temperature && temperature.GetDouble() is < 0 or > 1)
            fields.Fail("temperature: range: 0..1", null);
        CheckMessages(fields);
    }

    public static string? Text(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    static void CheckMessages(FieldReader fields)
    {
        if (fields.Any("messages") is not { ValueKind: JsonValueKind.Array } messages)
        {
            fields.Fail("messages: Input should be a valid list", null);
            return;
        }

        if (messages.GetArrayLength() == 0)
            fields.Fail("messages: at least one message is required", null);
        HashSet<string> called = [];
        var index = 0;
        foreach (var message in messages.EnumerateArray())
        {
            CheckMessage(fields, message, index, called);
            index++;
        }

        if (index > 0 && Text(messages[index - 1], "role") == "assistant")
            fields.Fail("This model does not support assistant message prefill. The conversation must end with a user message.", null);
    }

    /// <param name="called">The ids of the calls in the message before; changed to those of this one.</param>
    static void CheckMessage(FieldReader fields, JsonElement message, int index, HashSet<string> called)
    {
        var role = Text(message, "role");
        if (role is not ("user" or "assistant"))
        {
            fields.Fail(
                role == "system"
                    ? "messages: Unexpected role \"system\". The Messages API accepts a top-level `system` parameter, not \"system\" as an input message role."
                    : $"messages.{index}.role: Input should be 'user' or 'assistant'",
                null);
        }

        if (message.ValueKind != JsonValueKind.Object || !message.TryGetProperty("content", out var content)
            || content.ValueKind is not (JsonValueKind.String or JsonValueKind.Array))
        {
            fields.Fail($"messages.{index}.content: Field required", null);
            return;
        }

        HashSet<string> now = [];
        if (content.ValueKind == JsonValueKind.Array)
        {
            foreach (var block in content.EnumerateArray())
                CheckBlock(fields, block, index, called, now);
        }

        called.Clear();
        called.UnionWith(now);
    }

    static void CheckBlock(FieldReader fields, JsonElement block, int index, HashSet<string> called, HashSet<string> now)
    {
        switch (Text(block, "type"))
        {
            case "tool_use" when Text(block, "id") is { } id:
                now.Add(id);
                break;
            case "tool_result" when !called.Contains(Text(block, "tool_use_id") ?? ""):
                fields.Fail(
                    $"messages.{index}: unexpected `tool_use_id` found in `tool_result` blocks: {Text(block, "tool_use_id")}. "
                    + "Each `tool_result` block must have a corresponding `tool_use` block in the previous message.",
                    null);
                break;
            case "text" when Text(block, "text") is null:
                fields.Fail($"messages.{index}.content.text: Field required", null);
                break;
            case "text" or "image" or "tool_result" or "document" or "thinking" or "redacted_thinking":
                break;
            case var other:
                fields.Fail($"messages.{index}.content: Input tag '{other ?? "none"}' found using 'type' does not match any of the expected tags", null);
                break;
        }
    }
}
