using System.Text.Json;
using AiPlatform.ModelSimulator.Answers;
using AiPlatform.ModelSimulator.Engine;

namespace AiPlatform.ModelSimulator.Audio;

/// <summary>vLLM's transcription answer, and the chunks of its own stream, which are not OpenAI's events.</summary>
sealed class TranscriptionFormat(TranscriptionRequest request, string id, long created) : IAnswerFormat
{
    public void WriteWhole(Utf8JsonWriter json, ReadOnlySpan<char> text, int tokens, FinishReason finish)
    {
        json.WriteStartObject();
        json.WriteString("text", text);
        json.WriteStartObject("usage");
        json.WriteString("type", "duration");
        json.WriteNumber("seconds", (int)Math.Ceiling(request.Audio.Seconds));
        json.WriteEndObject();
        json.WriteEndObject();
    }

    public void Open(EventWriter events)
    {
        // A transcription stream has no chunk for the role.
    }

    public void Token(EventWriter events, ReadOnlySpan<char> token, int generated) => Chunk(events, token, generated, finish: null);

    public void Close(EventWriter events, int generated, FinishReason finish)
    {
        Chunk(events, "", generated, finish);
        if (!request.IncludeUsage)
            return;
        var json = events.Begin();
        json.WriteStartObject();
        WriteHead(json);
        json.WriteStartArray("choices");
        json.WriteEndArray();
        WriteUsage(json, generated);
        json.WriteEndObject();
        events.End();
    }

    void Chunk(EventWriter events, ReadOnlySpan<char> token, int generated, FinishReason? finish)
    {
        var json = events.Begin();
        json.WriteStartObject();
        WriteHead(json);
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteStartObject("delta");
        json.WriteString("content", token);
        json.WriteEndObject();
        json.WriteString("finish_reason", finish?.Name());
        json.WriteNull("stop_reason");
        json.WriteEndObject();
        json.WriteEndArray();
        if (request.ContinuousUsage)
            WriteUsage(json, generated);
        json.WriteEndObject();
        events.End();
    }

    void WriteHead(Utf8JsonWriter json)
    {
        json.WriteString("id", "transcribe-" + id);
        json.WriteString("object", "transcription.chunk");
        json.WriteNumber("created", created);
        json.WriteString("model", request.ModelName);
    }

    void WriteUsage(Utf8JsonWriter json, int generated)
    {
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", request.Audio.PromptTokens);
        json.WriteNumber("total_tokens", request.Audio.PromptTokens + generated);
        json.WriteNumber("completion_tokens", generated);
        json.WriteEndObject();
    }
}
