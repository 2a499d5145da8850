using System.Text;
using System.Text.Json;
using AiPlatform.ModelSimulator.Chat;
using AiPlatform.ModelSimulator.Http;

namespace AiPlatform.ModelSimulator.Responses;

/// <summary>What a response answers: all of it as text for the cache, its tokens, and the last thing the user said.</summary>
sealed record ResponseInput(string Text, int Tokens, string LastUserText)
{
    public static ResponseInput Read(FieldReader fields, ServedModel model)
    {
        var text = new StringBuilder();
        var tokens = 0;
        var lastUser = "";
        if (fields.Text("instructions") is { } instructions)
            Add("system", instructions);
        switch (fields.Any("input"))
        {
            case null:
                fields.Fail("Field required", "input");
                break;
            case { ValueKind: JsonValueKind.String } said:
                Add("user", said.GetString()!);
                break;
            case { ValueKind: JsonValueKind.Array } items when items.GetArrayLength() > 0:
                foreach (var item in items.EnumerateArray())
                {
                    if (Message(fields, model, item) is not var (role, words))
                        break;
                    Add(role, words);
                }

                break;
            default:
                fields.Fail("Input should be a string or a list of messages", "input");
                break;
        }

        return new ResponseInput(text.ToString(), tokens, lastUser);

        void Add(string role, string words)
        {
            text.Append(role).Append('\n').Append(words).Append('\n');
            tokens += ChatMessages.TokensPerMessage + ChatMessages.TokensOf(words);
            lastUser = role == "user" ? words : lastUser;
        }
    }

    static (string Role, string Words)? Message(FieldReader fields, ServedModel model, JsonElement item)
    {
        if (item.ValueKind != JsonValueKind.Object || TextOf(item, "type") is not (null or "message"))
        {
            fields.Fail("Items of input should be messages; others are not simulated.", "input");
            return null;
        }

        if (TextOf(item, "role") is not ("user" or "assistant" or "system" or "developer") || !item.TryGetProperty("content", out var content))
        {
            fields.Fail("A message should have the role user, assistant, system or developer, and a content", "input");
            return null;
        }

        return Words(fields, model, content) is { } words ? (TextOf(item, "role")!, words) : null;
    }

    static string? Words(FieldReader fields, ServedModel model, JsonElement content)
    {
        if (content.ValueKind == JsonValueKind.String)
            return content.GetString();
        if (content.ValueKind != JsonValueKind.Array)
        {
            fields.Fail("The content of a message should be a string or a list of parts", "input");
            return null;
        }

        var words = new StringBuilder();
        foreach (var part in content.EnumerateArray())
        {
            var type = part.ValueKind == JsonValueKind.Object ? TextOf(part, "type") : null;
            if (type is not ("input_text" or "output_text" or "text") || TextOf(part, "text") is not { } said)
            {
                fields.Fail(
                    type is "input_image" or "input_audio" or "input_file" ? $"{model.Name} is not a multimodal model" : $"Unknown part type: {type ?? "none"}", "input");
                return null;
            }

            words.Append(said);
        }

        return words.ToString();
    }

    static string? TextOf(JsonElement item, string name) =>
        item.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
