using System.Buffers;
using System.Text.Json;
using AiPlatform.Contracts;

namespace AiPlatform.Api.OpenAi;

/// <summary>Writes OpenAI's chunks, each as an event that is sent at once.</summary>
/// <param name="hasUsage">Whether the caller asked for a last chunk with the tokens used; the others then say that they have none.</param>
sealed class ChunkWriter(HttpContext context, Guid job, bool hasUsage) : IDisposable
{
    readonly Utf8JsonWriter _json = new(context.Response.BodyWriter, OpenAiJson.Writing);
    readonly string _id = CompletionResult.IdOf(job);
    readonly long _created = CompletionResult.CreatedOf(job);

    public Task RoleAsync(string model, int index) => ChoiceAsync(model, index, json =>
    {
        json.WriteString("role", "assistant");
        json.WriteString("content", "");
    });

    public Task TextAsync(string model, int index, string text) => ChoiceAsync(model, index, json => json.WriteString("content", text));

    public Task ToolCallsAsync(string model, int index, JsonElement calls) => ChoiceAsync(model, index, json => WriteCalls(json, calls));

    public Task FinishAsync(string model, CompletionChoice choice) => ChoiceAsync(model, choice.Index, _ => { }, choice.Logprobs, choice.FinishReason);

    /// <summary>What comes after the last choice.</summary>
    public async Task EndAsync(string model, JsonElement? usage)
    {
        if (hasUsage)
        {
            await EventAsync(model, json =>
            {
                json.WriteStartArray("choices");
                json.WriteEndArray();
                json.WriteAsIs("usage", usage);
            });
        }
        await EventAsync("[DONE]"u8.ToArray());
    }

    public Task ErrorAsync(Problem problem) => EventAsync(OpenAiErrors.Bytes(problem));

    public void Dispose() => _json.Dispose();

    Task ChoiceAsync(
        string model, int index, Action<Utf8JsonWriter> writeDelta, JsonElement? logprobs = null, string? finishReason = null) => EventAsync(model, json =>
    {
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", index);
        json.WriteStartObject("delta");
        writeDelta(json);
        json.WriteEndObject();
        json.WriteAsIs("logprobs", logprobs);
        json.WriteString("finish_reason", finishReason);
        json.WriteEndObject();
        json.WriteEndArray();
        if (hasUsage)
            json.WriteNull("usage");
    });

    Task EventAsync(string model, Action<Utf8JsonWriter> write)
    {
        var body = context.Response.BodyWriter;
        body.Write("data: "u8);
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteString("id", _id);
        _json.WriteString("object", "chat.completion.chunk");
        _json.WriteNumber("created", _created);
        _json.WriteString("model", model);
        write(_json);
        _json.WriteEndObject();
        _json.Flush();
        return SendAsync();
    }

    Task EventAsync(ReadOnlyMemory<byte> data)
    {
        var body = context.Response.BodyWriter;
        body.Write("data: "u8);
        body.Write(data.Span);
        return SendAsync();
    }

    async Task SendAsync()
    {
        context.Response.BodyWriter.Write("\n\n"u8);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    /// <summary>In a stream, calls carry their place.</summary>
    static void WriteCalls(Utf8JsonWriter json, JsonElement calls)
    {
        json.WriteStartArray("tool_calls");
        foreach (var (place, call) in calls.EnumerateArray().Index())
        {
            json.WriteStartObject();
            json.WriteNumber("index", place);
            foreach (var field in call.EnumerateObject().Where(field => field.Name != "index"))
                json.WriteAsIs(field.Name, field.Value);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
