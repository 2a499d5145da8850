using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace AiPlatform.LlmWorker.Chat;

/// <summary>A job's input, fit to be sent.</summary>
sealed class ChatRequest
{
    const int UsualTokens = 256;
    const int MostExpectedTokens = 4096;

    ChatRequest(JsonElement input) => Input = input;

    public JsonElement Input { get; }

    /// <summary>False where the caller wants an answer of the job's own group or none.</summary>
    public bool MayFallBack => ChatInput.Given(Input, "fallback") is not { ValueKind: JsonValueKind.False };

    /// <summary>How long an answer to reckon with when choosing a server.</summary>
    public int ExpectedTokens => Math.Clamp(Tokens("max_completion_tokens") ?? Tokens("max_tokens") ?? UsualTokens, 1, MostExpectedTokens);

    /// <param name="problem">What is wrong with the input; null where it can be sent.</param>
    public static ChatRequest? TryCreate(JsonElement? input, out string? problem)
    {
        problem = ChatInput.Problem(input);
        return problem is null && input is { } checkedInput ? new ChatRequest(checkedInput) : null;
    }

    /// <summary>The body of OpenAI's request: <c>model</c>, <c>stream</c> and <c>stream_options.include_usage</c> are ours, all else goes on as it is.</summary>
    public ReadOnlyMemory<byte> Body(string model) => Write(Input, model);

    int? Tokens(string field) =>
        ChatInput.Given(Input, field) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out var tokens) ? tokens : null;

    static ReadOnlyMemory<byte> Write(JsonElement input, string model)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true });
        writer.WriteStartObject();
        writer.WriteString("model", model);
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
            WriteAsIs(writer, field.Value);
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
