using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using AiPlatform.LlmWorker.Providers;

namespace AiPlatform.LlmWorker.Chat.OpenAi;

/// <summary>A job's input as the body of OpenAI's request.</summary>
static class OpenAiBody
{
    /// <summary>vLLM's own: usage with every chunk.</summary>
    const string RunningUsage = "continuous_usage_stats";

    /// <summary><c>model</c>, <c>stream</c> and <c>stream_options.include_usage</c> are ours, all else goes on as it is, but for
    /// <see cref="NameAt"/> and <see cref="LmStudioWords"/>, and of an answer that is to be gone on with, its length.</summary>
    public static ReadOnlyMemory<byte> Write(ChatRequest request, Provider provider)
    {
        var (input, prefix) = (request.Input, request.Prefix);
        var buffer = new ArrayBufferWriter<byte>(1024);
        using var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true });
        writer.WriteStartObject();
        writer.WriteString("model", provider.Model);
        writer.WritePropertyName("messages");
        var hasMessages = ChatInput.Given(input, "messages") is { } messages;
        if (hasMessages && prefix is null)
        {
            WriteAsIs(writer, ChatInput.Given(input, "messages")!.Value);
        }
        else
        {
            WriteMessages(writer, input, prefix);
        }
        foreach (var field in input.EnumerateObject().Where(field => IsPassedOn(field.Name, hasMessages)))
        {
            if (NameAt(provider.Kind, field.Name, input) is not { } name)
            {
                continue;
            }
            writer.WritePropertyName(name);
            WriteField(writer, field, input, provider, prefix);
        }
        if (prefix is not null)
        {
            writer.WriteBoolean("continue_final_message", true);
            writer.WriteBoolean("add_generation_prompt", false);
        }
        writer.WriteBoolean("stream", true);
        WriteStreamOptions(writer, ChatInput.Given(input, "stream_options"), provider);
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }

    /// <summary>The longest answer has two names: OpenAI's newest models refuse the old one, LM Studio and Ollama know no other. Of both the new one
    /// counts.</summary>
    /// <returns>Null for a field that is left out.</returns>
    static string? NameAt(ProviderKind kind, string name, JsonElement input)
    {
        const string old = "max_tokens";
        const string @new = "max_completion_tokens";
        if (name is not (old or @new) || kind is not (ProviderKind.OpenAi or ProviderKind.LmStudio or ProviderKind.Ollama))
        {
            return name;
        }
        var counts = ChatInput.Given(input, @new) is null ? old : @new;
        return name != counts ? null : kind == ProviderKind.OpenAi ? @new : old;
    }

    /// <summary>Beside <c>messages</c>, <c>user</c> is OpenAI's own field for the end user.</summary>
    static bool IsPassedOn(string name, bool hasMessages) => name switch
    {
        "model" or "messages" or "stream" or "stream_options" or "system" or "fallback" => false,
        "user" => hasMessages,
        _ => true,
    };

    static void WriteField(Utf8JsonWriter writer, JsonProperty field, JsonElement input, Provider provider, ChatPrefix? prefix)
    {
        if (prefix is not null && field.Name is "max_tokens" or "max_completion_tokens" or "min_tokens"
            && field.Value.ValueKind == JsonValueKind.Number && field.Value.TryGetInt32(out var count))
        {
            // Of the whole answer.
            writer.WriteNumberValue(Math.Max(count - prefix!.Tokens, 0));
            return;
        }
        WriteAsIs(writer, provider.Kind == ProviderKind.LmStudio ? LmStudioWords.Of(field.Name, field.Value, input) : field.Value);
    }

    static void WriteMessages(Utf8JsonWriter writer, JsonElement input, ChatPrefix? prefix)
    {
        writer.WriteStartArray();
        if (ChatInput.Given(input, "messages") is { } messages)
        {
            foreach (var message in messages.EnumerateArray())
            {
                WriteAsIs(writer, message);
            }
        }
        else
        {
            WriteTexts(writer, input);
        }
        if (prefix is not null)
        {
            writer.WriteStartObject();
            writer.WriteString("role", "assistant");
            writer.WriteString("content", prefix.Given);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    static void WriteTexts(Utf8JsonWriter writer, JsonElement input)
    {
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
    }

    static void WriteStreamOptions(Utf8JsonWriter writer, JsonElement? given, Provider provider)
    {
        var isVllm = provider.Kind == ProviderKind.Vllm;
        writer.WriteStartObject("stream_options");
        foreach (var field in given?.EnumerateObject().Where(field => field.Name != "include_usage" && !(isVllm && field.Name == RunningUsage)) ?? [])
        {
            writer.WritePropertyName(field.Name);
            WriteAsIs(writer, field.Value);
        }
        writer.WriteBoolean("include_usage", true);
        if (isVllm)
        {
            // Then it is known what a call has cost that breaks off.
            writer.WriteBoolean(RunningUsage, true);
        }
        writer.WriteEndObject();
    }

    /// <summary>The very bytes: a number keeps its digits, a schema the order of its keys.</summary>
    static void WriteAsIs(Utf8JsonWriter writer, JsonElement value) =>
        writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);
}
