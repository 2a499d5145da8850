using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using AiPlatform.LlmWorker.Providers;

namespace AiPlatform.LlmWorker.Chat.Anthropic;

/// <summary>A job's input, which speaks OpenAI's language, as the body of Anthropic's request. What has no counterpart there and only shapes the
/// answer a little (seed, penalties, logprobs) is left out; what would change its meaning is an obstacle.</summary>
static class AnthropicBody
{
    /// <summary>The tool by which an answer of a given shape is asked for: its arguments are the answer.</summary>
    public const string AnswerTool = "answer";

    // The same words with the same meaning.
    static readonly string[] PassedOn = ["top_p", "top_k", "thinking"];

    public static PreparedChat? TryWrite(Provider provider, JsonElement input, out string? obstacle)
    {
        var shape = AnthropicShape.Of(input, out obstacle);
        var messages = AnthropicMessages.Of(input);
        obstacle ??= messages.Obstacle;
        if (obstacle is not null)
        {
            return null;
        }
        var buffer = new ArrayBufferWriter<byte>(1024);
        using var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true });
        writer.WriteStartObject();
        writer.WriteString("model", provider.Model);
        writer.WriteNumber("max_tokens", Number(input, "max_completion_tokens") ?? Number(input, "max_tokens") ?? provider.MaxTokens);
        writer.WriteBoolean("stream", true);
        if (messages.System.Length > 0)
        {
            writer.WriteString("system", messages.System);
        }
        messages.Write(writer);
        WriteOptions(writer, input);
        if (shape is { } schema)
        {
            WriteAnswerTool(writer, schema);
        }
        else
        {
            AnthropicTools.Write(writer, input);
        }
        writer.WriteEndObject();
        writer.Flush();
        return new PreparedChat(buffer.WrittenMemory, new AnthropicReader(isShaped: shape is not null));
    }

    static void WriteOptions(Utf8JsonWriter writer, JsonElement input)
    {
        if (ChatInput.Given(input, "temperature") is { ValueKind: JsonValueKind.Number } temperature)
        {
            // OpenAI's goes up to 2.
            writer.WriteNumber("temperature", Math.Min(temperature.GetDouble(), 1));
        }
        foreach (var field in PassedOn)
        {
            if (ChatInput.Given(input, field) is { } value)
            {
                writer.WritePropertyName(field);
                writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);
            }
        }
        if (ChatInput.Given(input, "stop") is { } stop)
        {
            writer.WriteStartArray("stop_sequences");
            foreach (var sequence in stop.ValueKind == JsonValueKind.Array ? stop.EnumerateArray().ToArray() : [stop])
            {
                writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(sequence), skipInputValidation: true);
            }
            writer.WriteEndArray();
        }
        // Beside 'messages' it is the end user, otherwise the question.
        if (ChatInput.Given(input, "messages") is not null && ChatInput.Given(input, "user") is { ValueKind: JsonValueKind.String } user)
        {
            writer.WriteStartObject("metadata");
            writer.WriteString("user_id", user.GetString());
            writer.WriteEndObject();
        }
    }

    static void WriteAnswerTool(Utf8JsonWriter writer, JsonElement schema)
    {
        writer.WriteStartArray("tools");
        writer.WriteStartObject();
        writer.WriteString("name", AnswerTool);
        writer.WriteString("description", "Gives the answer.");
        writer.WritePropertyName("input_schema");
        writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(schema), skipInputValidation: true);
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteStartObject("tool_choice");
        writer.WriteString("type", "tool");
        writer.WriteString("name", AnswerTool);
        writer.WriteEndObject();
    }

    static long? Number(JsonElement input, string field) =>
        ChatInput.Given(input, field) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var value) ? value : null;
}
