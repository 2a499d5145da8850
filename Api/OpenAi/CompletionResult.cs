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

    public string Model => _result.Text("model") ?? askedModel;

    /// <summary>As the provider gave them where the worker has kept them, else the one answer that the result tells.</summary>
    public IEnumerable<CompletionChoice> Choices => KeptChoices is { } kept
        ? kept.EnumerateArray().Index().Select(choice => CompletionChoice.Of(choice.Item, choice.Index))
        : [new CompletionChoice(0, _result.Text("content"), _result.Objects("tool_calls"), null, _result.Text("finish_reason") ?? CompletionChoice.Stopped)];

    public JsonElement? Usage => _result.Field("usage");

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
        if (KeptChoices is { } kept)
            json.WriteAsIs("choices", kept);
        else
            WriteChoice(json, Choices.Single());
        json.WriteAsIs("usage", Usage);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    JsonElement? KeptChoices => _result.Objects("choices") is { } kept && kept.GetArrayLength() > 0 ? kept : null;

    void WriteChoice(Utf8JsonWriter json, CompletionChoice choice)
    {
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", choice.Index);
        json.WriteStartObject("message");
        json.WriteString("role", "assistant");
        json.WriteString("content", choice.Content);
        json.WriteNull("refusal");
        if (_result.Text("reasoning") is { } thoughts)
            json.WriteString("reasoning", thoughts);
        if (choice.ToolCalls is { } calls)
            json.WriteAsIs("tool_calls", calls);
        json.WriteEndObject();
        json.WriteNull("logprobs");
        json.WriteString("finish_reason", choice.FinishReason);
        json.WriteEndObject();
        json.WriteEndArray();
    }
}
