using System.Text.Json;

namespace AiPlatform.LlmWorker.Chat;

/// <summary>What the worker itself must know of a job's input; everything else is the server's to judge.</summary>
static class ChatInput
{
    /// <summary>OpenAI's own limit.</summary>
    const int MostChoices = 128;

    /// <summary>A field that is there and not null.</summary>
    public static JsonElement? Given(JsonElement input, string name) =>
        input.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <returns>A sentence that names the field; null where the input can be sent.</returns>
    public static string? Problem(JsonElement? input)
    {
        if (input is not { ValueKind: JsonValueKind.Object } fields)
        {
            return "'input' must be an object with 'messages', or with 'user' and, if wanted, 'system'.";
        }
        return (Given(fields, "messages") is { } messages ? ProblemOfMessages(messages, fields) : ProblemOfTexts(fields))
            ?? ProblemOfOptions(fields);
    }

    static string? ProblemOfMessages(JsonElement messages, JsonElement fields)
    {
        if (messages.ValueKind != JsonValueKind.Array)
        {
            return "'messages' must be an array.";
        }
        if (messages.GetArrayLength() == 0)
        {
            return "'messages' must not be empty.";
        }
        if (Given(fields, "system") is not null)
        {
            return "'system' and 'messages' cannot be given together: make it the first of the messages.";
        }
        foreach (var (i, message) in messages.EnumerateArray().Index())
        {
            if (message.ValueKind != JsonValueKind.Object)
            {
                return $"'messages[{i}]' must be an object with 'role' and 'content'.";
            }
            if (Given(message, "role") is not { ValueKind: JsonValueKind.String } role || role.ValueEquals(""))
            {
                return $"'messages[{i}].role' must be a text such as 'user'.";
            }
        }
        return null;
    }

    static string? ProblemOfTexts(JsonElement fields)
    {
        if (Given(fields, "user") is not { } user)
        {
            return "'messages' or 'user' is required.";
        }
        if (user.ValueKind != JsonValueKind.String || string.IsNullOrWhiteSpace(user.GetString()))
        {
            return "'user' must be a text that is not empty.";
        }
        return Given(fields, "system") is { ValueKind: not JsonValueKind.String } ? "'system' must be a text." : null;
    }

    static string? ProblemOfOptions(JsonElement fields)
    {
        if (Given(fields, "n") is { } count && !(count.ValueKind == JsonValueKind.Number && count.TryGetInt32(out var n) && n is >= 1 and <= MostChoices))
        {
            return $"'n' must be a whole number from 1 to {MostChoices}.";
        }
        if (Given(fields, "fallback") is { ValueKind: not (JsonValueKind.True or JsonValueKind.False) })
        {
            return "'fallback' must be true or false.";
        }
        return Given(fields, "stream_options") is { ValueKind: not JsonValueKind.Object } ? "'stream_options' must be an object." : null;
    }
}
