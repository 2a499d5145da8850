using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using AiPlatform.Api.Requests;
using AiPlatform.Contracts;

namespace AiPlatform.Api.Chat;

/// <summary>
/// Makes the input of a chat job of what a caller sent. Beyond the messages' outline nothing is checked: the model server knows its own fields.
/// </summary>
static class ChatInput
{
    static readonly string[] Roles = ["system", "user", "assistant", "tool", "developer"];

    public static JsonElement From(ChatCall call, InputErrors errors)
    {
        Check(call, errors);
        if (errors.Any)
            return default;

        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (call.Messages is { } messages)
                WriteRaw(json, "messages", messages);
            if (call.System is not null)
                json.WriteString("system", call.System);
            if (call.User is not null)
                json.WriteString("user", call.User);
            foreach (var (name, value) in call.Options ?? [])
                WriteRaw(json, name, value);
            json.WriteEndObject();
        }
        return JsonElement.Parse(buffer.WrittenSpan);
    }

    static void Check(ChatCall call, InputErrors errors)
    {
        if (call.Messages is { } messages)
        {
            CheckMessages(messages, errors);
            if (call.System is not null)
                errors.Add("system", "cannot be given beside messages; make it the first message.");
            if (call.User is not null)
                errors.Add("user", "cannot be given beside messages; make it the last message.");
        }
        else if (call.User is null)
        {
            errors.Add("messages", "is required, or user in its place.");
        }
        else if (string.IsNullOrWhiteSpace(call.User))
        {
            errors.Add("user", "must not be empty.");
        }

        if (call.Options?.TryGetValue("stream", out var stream) == true && stream.ValueKind != JsonValueKind.False)
            errors.Add("stream", "is not allowed here: /chat answers in one piece. Leave it out.");
    }

    static void CheckMessages(JsonElement messages, InputErrors errors)
    {
        if (messages.ValueKind != JsonValueKind.Array)
        {
            errors.Add("messages", $"must be an array, not {Shown.Kind(messages)}.");
            return;
        }
        if (messages.GetArrayLength() == 0)
            errors.Add("messages", "must not be empty.");

        var place = 0;
        foreach (var message in messages.EnumerateArray())
        {
            var path = $"messages[{place++}]";
            if (message.ValueKind != JsonValueKind.Object)
                errors.Add(path, $"must be an object, not {Shown.Kind(message)}.");
            else if (!message.TryGetProperty("role", out var role))
                errors.Add($"{path}.role", $"is required; {Shown.Allowed(Roles)}");
            else if (role.ValueKind != JsonValueKind.String || !Roles.Contains(role.GetString()))
                errors.Add($"{path}.role", $"is not allowed; {Shown.Allowed(Roles)}");
        }
    }

    static void WriteRaw(Utf8JsonWriter json, string name, JsonElement value)
    {
        json.WritePropertyName(name);
        // As it came: numbers keep their digits and texts their escapes.
        json.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);
    }
}
