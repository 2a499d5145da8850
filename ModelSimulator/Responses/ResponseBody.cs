using System.Text.Json;
using AiPlatform.ModelSimulator.Answers;
using AiPlatform.ModelSimulator.Engine;

namespace AiPlatform.ModelSimulator.Responses;

/// <summary>The <c>response</c> object, before and after there is an answer.</summary>
sealed class ResponseBody(ResponseRequest request, string id, long created)
{
    public string MessageId { get; } = "msg_" + id;

    /// <summary>Of the message and of the response.</summary>
    public static string Status(Choice answer) => answer.Finish == FinishReason.Length ? "incomplete" : "completed";

    public void Write(Utf8JsonWriter json, Choice? answer)
    {
        json.WriteStartObject();
        json.WriteString("id", "resp_" + id);
        json.WriteString("object", "response");
        json.WriteNumber("created_at", created);
        json.WriteString("status", answer is null ? "in_progress" : Status(answer));
        json.WriteNull("error");
        WriteIncomplete(json, answer);
        json.WriteString("model", request.ModelName);
        json.WriteStartArray("output");
        if (answer is not null)
            WriteMessage(json, answer.Text.First(answer.Generated).ToString(), Status(answer));
        json.WriteEndArray();
        foreach (var (name, value) in request.Echo.Fields)
        {
            json.WritePropertyName(name);
            json.WriteRawValue(value);
        }

        WriteUsage(json, answer);
        json.WriteEndObject();
    }

    /// <param name="text">None: the message has begun and has no part yet.</param>
    public void WriteMessage(Utf8JsonWriter json, string? text, string status)
    {
        json.WriteStartObject();
        json.WriteString("id", MessageId);
        json.WriteString("type", "message");
        json.WriteString("status", status);
        json.WriteString("role", "assistant");
        json.WriteStartArray("content");
        if (text is not null)
            WritePart(json, text);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    public static void WritePart(Utf8JsonWriter json, string text)
    {
        json.WriteStartObject();
        json.WriteString("type", "output_text");
        json.WriteString("text", text);
        json.WriteStartArray("annotations");
        json.WriteEndArray();
        json.WriteStartArray("logprobs");
        json.WriteEndArray();
        json.WriteEndObject();
    }

    static void WriteIncomplete(Utf8JsonWriter json, Choice? answer)
    {
        if (answer?.Finish != FinishReason.Length)
        {
            json.WriteNull("incomplete_details");
            return;
        }

        json.WriteStartObject("incomplete_details");
        json.WriteString("reason", "max_output_tokens");
        json.WriteEndObject();
    }

    void WriteUsage(Utf8JsonWriter json, Choice? answer)
    {
        if (answer is null)
        {
            json.WriteNull("usage");
            return;
        }

        json.WriteStartObject("usage");
        json.WriteNumber("input_tokens", request.Prompt.Tokens);
        json.WriteStartObject("input_tokens_details");
        json.WriteNumber("cached_tokens", answer.Sequence.CachedTokens);
        json.WriteEndObject();
        json.WriteNumber("output_tokens", answer.Generated);
        json.WriteStartObject("output_tokens_details");
        json.WriteNumber("reasoning_tokens", 0);
        json.WriteEndObject();
        json.WriteNumber("total_tokens", request.Prompt.Tokens + answer.Generated);
        json.WriteEndObject();
    }
}
