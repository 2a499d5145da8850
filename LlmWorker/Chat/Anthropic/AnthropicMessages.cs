using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace AiPlatform.LlmWorker.Chat.Anthropic;

/// <summary>OpenAI's messages as Anthropic takes them: the system's words apart, results of tools said by the user, and no two neighbours of one role.</summary>
sealed class AnthropicMessages
{
    readonly StringBuilder system = new();

    // Each block is whole JSON.
    readonly List<(string Role, List<string> Blocks)> turns = [];

    public string System => system.ToString();

    public string? Obstacle { get; private set; }

    public static AnthropicMessages Of(JsonElement input)
    {
        var messages = new AnthropicMessages();
        if (ChatInput.Given(input, "messages") is { } list)
        {
            foreach (var (i, message) in list.EnumerateArray().Index())
            {
                messages.Add(message, $"messages[{i}]");
            }
        }
        else
        {
            messages.AddSystem(ChatInput.Given(input, "system")?.GetString());
            messages.Add("user", [Text(ChatInput.Given(input, "user")?.GetString() ?? "")]);
        }
        return messages;
    }

    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartArray("messages");
        foreach (var (role, blocks) in turns)
        {
            writer.WriteStartObject();
            writer.WriteString("role", role);
            writer.WriteStartArray("content");
            foreach (var block in blocks)
            {
                writer.WriteRawValue(block, skipInputValidation: true);
            }
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    void Add(JsonElement message, string path)
    {
        var content = ChatInput.Given(message, "content");
        switch (message.GetProperty("role").GetString())
        {
            case "system" or "developer":
                AddSystem(string.Concat(Parts(content).Select(part => part.TryGetProperty("text", out var text) ? text.ToString() : "")));
                break;
            case "user":
                Add("user", Blocks(content, path));
                break;
            case "assistant":
                Add("assistant", [.. Blocks(content ?? ChatInput.Given(message, "refusal"), path), .. Calls(message, path)]);
                break;
            case "tool":
                Add("user", [Result(message, Blocks(content, path))]);
                break;
            default:
                Obstacle ??= $"'{path}.role' must be system, developer, user, assistant or tool.";
                break;
        }
    }

    void Add(string role, List<string> blocks)
    {
        if (blocks.Count == 0)
        {
            return;
        }
        if (turns.Count == 0 || turns[^1].Role != role)
        {
            turns.Add((role, []));
        }
        turns[^1].Blocks.AddRange(blocks);
    }

    void AddSystem(string? text)
    {
        if (text is { Length: > 0 })
        {
            system.Append(system.Length > 0 ? "\n\n" : "").Append(text);
        }
    }

    List<string> Blocks(JsonElement? content, string path)
    {
        List<string> blocks = [];
        foreach (var (i, part) in Parts(content).Index())
        {
            if (AnthropicParts.Block(part, out var isEmpty) is { } block)
            {
                blocks.Add(block);
            }
            else if (!isEmpty)
            {
                Obstacle ??= $"'{path}.content[{i}]' must be text or an image.";
            }
        }
        return blocks;
    }

    List<string> Calls(JsonElement message, string path)
    {
        List<string> calls = [];
        if (ChatInput.Given(message, "tool_calls") is not { ValueKind: JsonValueKind.Array } list)
        {
            return calls;
        }
        foreach (var (i, call) in list.EnumerateArray().Index())
        {
            if (AnthropicParts.Call(call) is { } block)
            {
                calls.Add(block);
            }
            else
            {
                Obstacle ??= $"'{path}.tool_calls[{i}]' must have an id and a function with a name and the JSON of an object as arguments.";
            }
        }
        return calls;
    }

    static string Result(JsonElement message, List<string> blocks) =>
        $$"""{"type":"tool_result","tool_use_id":{{(ChatInput.Given(message, "tool_call_id") is { } id ? Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8Value(id)) : "\"\"")}},"content":[{{string.Join(',', blocks)}}]}""";

    static string Text(string text) => $$"""{"type":"text","text":{{JsonSerializer.Serialize(text, ChatJson.Default.String)}}}""";

    /// <summary>A text is one part.</summary>
    static IEnumerable<JsonElement> Parts(JsonElement? content) => content switch
    {
        { ValueKind: JsonValueKind.String } text => [JsonElement.Parse($$"""{"type":"text","text":{{text.GetRawText()}}}""")],
        { ValueKind: JsonValueKind.Array } parts => parts.EnumerateArray(),
        _ => [],
    };
}
