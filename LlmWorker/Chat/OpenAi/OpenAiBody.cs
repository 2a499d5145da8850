using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using AiPlatform.LlmWorker.Providers;

namespace AiPlatform.LlmWorker.Chat.OpenAi;

/// <summary>A job's input as the body of OpenAI's request.</summary>
static class OpenAiBody
{
    /// <summary><c>model</c>, <c>stream</c> and <c>stream_options.include_usage</c> are ours, all else goes on as it is, but for
    /// <see cref="LmStudioWords"/>.</summary>
    public static ReadOnlyMemory<byte> Write(JsonElement input, Provider provider)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true });
        writer.WriteStartObject();
        writer.WriteString("model", provider.Model);
        writer.WritePropertyName("messages");
        var hasMessages = ChatInput.Given(input, "messages") is { } messages;
        if (hasMessages)
        {
            WriteAsIs(writer, ChatInput.Given(input, "messages")!.Value);
        }
        else
        {
            WriteMessages(writer, input);
        }
        foreach (var field in input.EnumerateObject().Where(field => IsPassedOn(field.Name, hasMessages)))
        {
            writer.WritePropertyName(field.Name);
            WriteAsIs(writer, provider.Kind == ProviderKind.LmStudio ? LmStudioWords.Of(field.Name, field.Value, input) : field.Value);
        }
        writer.WriteBoolean("stream", true);
        WriteStreamOptions(writer, ChatInput.Given(input, "stream_options"));
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }

    /// <summary>Beside <c>messages</c>, <c>user</c> is OpenAI's own field for the end user.</summary>
    static bool IsPassedOn(string name, bool hasMessages) => name switch
    {
        "model" or "messages" or "stream" or "stream_options" or "system" or "fallback" => false,
        "user" => hasMessages,
        _ => true,
    };

    static void WriteMessages(Utf8JsonWriter writer, JsonElement input)
    {
        writer.WriteStartArray();
        foreach (var role in new[] { "system", "user" })
        {
            if (ChatInput.Given(input, role) is { } text)
            {
                writer.WriteStartObject();
                writer.WriteString("role", role);
                writer.WritePropertyName("content");
                WriteAsIs(writer, text);
                writer.WriteEndObject();
            }
        }
        writer.WriteEndArray();
    }

    static void WriteStreamOptions(Utf8JsonWriter writer, JsonElement? given)
    {
        writer.WriteStartObject("stream_options");
        foreach (var field in given?.EnumerateObject().Where(field => field.Name != "include_usage") ?? [])
        {
            writer.WritePropertyName(field.Name);
            WriteAsIs(writer, field.Value);
        }
        writer.WriteBoolean("include_usage", true);
        writer.WriteEndObject();
    }

    /// <summary>The very bytes: a number keeps its digits, a schema the order of its keys.</summary>
    static void WriteAsIs(Utf8JsonWriter writer, JsonElement value) =>
        writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);
}
