using System.Buffers;
using System.Globalization;
using System.Text.Json;
using AiPlatform.Contracts;

namespace AiPlatform.Api.OpenAi;

/// <summary>A completed chat job as an OpenAI client reads it. Its result is <see cref="ChatResult"/> by agreement; an external worker may leave out
/// what it does not know.</summary>
sealed class CompletionResult(JobView job, string askedModel)
{
    readonly JsonElement _result = job.Result is { ValueKind: JsonValueKind.Object } result ? result : JsonElement.Parse("{}");

    public string Model => Text("model") ?? askedModel;

    public string FinishReason => Text("finish_reason") ?? "stop";

    public string? Content => Text("content");

    public JsonElement? ToolCalls => Field("tool_calls") is { ValueKind: JsonValueKind.Array } calls ? calls : null;

    public JsonElement? Usage => Field("usage");

    public static string IdOf(Guid job) => $"chatcmpl-{job:N}";

    /// <summary>Unix seconds of the creation, which an id of version 7 begins with: known before anything is read.</summary>
    public static long CreatedOf(Guid job) =>
        long.Parse(job.ToString("N", CultureInfo.InvariantCulture).AsSpan(0, 12), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 1000;

    public ReadOnlyMemory<byte> ToBytes()
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using var json = new Utf8JsonWriter(buffer, OpenAiJson.Writing);
        json.WriteStartObject();
        json.WriteString("id", IdOf(job.Id));
        json.WriteString("object", "chat.completion");
        json.WriteNumber("created", CreatedOf(job.Id));
        json.WriteString("model", Model);
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", 0);
        json.WriteStartObject("message");
        json.WriteString("role", "assistant");
        json.WriteString("content", Content);
        json.WriteNull("refusal");
        if (ToolCalls is { } calls)
            json.WriteAsIs("tool_calls", calls);
        json.WriteEndObject();
        json.WriteNull("logprobs");
        json.WriteString("finish_reason", FinishReason);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteAsIs("usage", Usage);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    string? Text(string name) => Field(name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    JsonElement? Field(string name) => _result.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
