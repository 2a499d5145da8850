using System.Text.Json;
using AiPlatform.ModelSimulator.Answers;
using AiPlatform.ModelSimulator.Engine;
using AiPlatform.ModelSimulator.Http;

namespace AiPlatform.ModelSimulator.Responses;

/// <summary>A <c>response</c> with one message, whole or as the events it grows by, each with its number in the stream.</summary>
sealed class ResponseFormat(ResponseRequest request, string id, long created) : IStreamFormat
{
    readonly ResponseBody body = new(request, id, created);
    int number;

    public void WriteWhole(Utf8JsonWriter json, IReadOnlyList<Choice> choices) => body.Write(json, choices[0]);

    public void Begin(EventWriter events)
    {
        foreach (var name in new[] { "response.created", "response.in_progress" })
        {
            var json = Start(events, name);
            json.WritePropertyName("response");
            body.Write(json, answer: null);
            Finish(events, json);
        }
    }

    public void Open(EventWriter events, Choice choice)
    {
        var json = Start(events, "response.output_item.added");
        json.WriteNumber("output_index", 0);
        json.WritePropertyName("item");
        body.WriteMessage(json, text: null, "in_progress");
        Finish(events, json);
        Part(events, "response.content_part.added", "");
    }

    public void Tokens(EventWriter events, Choice choice, Range tokens)
    {
        var json = StartInPart(events, "response.output_text.delta");
        json.WriteString("delta", choice.Streamed(tokens));
        WriteNone(json);
        Finish(events, json);
    }

    public void Close(EventWriter events, Choice choice)
    {
        var text = choice.Text.First(choice.Generated).ToString();
        var json = StartInPart(events, "response.output_text.done");
        json.WriteString("text", text);
        WriteNone(json);
        Finish(events, json);
        Part(events, "response.content_part.done", text);

        json = Start(events, "response.output_item.done");
        json.WriteNumber("output_index", 0);
        json.WritePropertyName("item");
        body.WriteMessage(json, text, ResponseBody.Status(choice));
        Finish(events, json);
    }

    /// <summary>There is no line after the last event; without it the stream is not whole.</summary>
    public void End(EventWriter events, IReadOnlyList<Choice> choices, bool done)
    {
        if (!done)
            return;
        var json = Start(events, choices[0].Finish == FinishReason.Length ? "response.incomplete" : "response.completed");
        json.WritePropertyName("response");
        body.Write(json, choices[0]);
        Finish(events, json);
    }

    public bool WriteError(EventWriter events, ApiError error)
    {
        var json = Start(events, "error");
        json.WriteString("code", error.CodeName ?? "server_error");
        json.WriteString("message", error.Message);
        json.WriteNull("param");
        Finish(events, json);
        return true;
    }

    void Part(EventWriter events, string name, string text)
    {
        var json = StartInPart(events, name);
        json.WritePropertyName("part");
        ResponseBody.WritePart(json, text);
        Finish(events, json);
    }

    Utf8JsonWriter StartInPart(EventWriter events, string name)
    {
        var json = Start(events, name);
        json.WriteString("item_id", body.MessageId);
        json.WriteNumber("output_index", 0);
        json.WriteNumber("content_index", 0);
        return json;
    }

    Utf8JsonWriter Start(EventWriter events, string name)
    {
        var json = events.Begin(name);
        json.WriteStartObject();
        json.WriteString("type", name);
        json.WriteNumber("sequence_number", number++);
        return json;
    }

    static void WriteNone(Utf8JsonWriter json)
    {
        json.WriteStartArray("logprobs");
        json.WriteEndArray();
    }

    static void Finish(EventWriter events, Utf8JsonWriter json)
    {
        json.WriteEndObject();
        events.End();
    }
}
