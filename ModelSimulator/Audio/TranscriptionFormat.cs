using System.Text.Json;
using AiPlatform.ModelSimulator.Answers;
using AiPlatform.ModelSimulator.Engine;

namespace AiPlatform.ModelSimulator.Audio;

/// <summary>vLLM's transcription answer, and the chunks of its own stream, which are not OpenAI's events.</summary>
sealed class TranscriptionFormat(TranscriptionRequest request, string id, long created) : IStreamFormat
{
    public void WriteWhole(Utf8JsonWriter json, IReadOnlyList<Choice> choices)
    {
        json.WriteStartObject();
        json.WriteString("text", choices[0].Text.First(choices[0].Generated));
        json.WriteStartObject("usage");
        json.WriteString("type", "duration");
        json.WriteNumber("seconds", (int)Math.Ceiling(request.Audio.Seconds));
        json.WriteEndObject();
        json.WriteEndObject();
    }

    public void Open(EventWriter events, Choice choice)
    {
        // A transcription stream has no chunk for the role.
    }

    public void Tokens(EventWriter events, Choice choice, Range tokens) =>
        Chunk(events, choice.Text.Between(tokens), tokens.End.Value, finish: null);

    public void Close(EventWriter events, Choice choice) => Chunk(events, "", choice.Generated, choice.Finish);

    public void End(EventWriter events, IReadOnlyList<Choice> choices, bool done)
    {
        if (request.IncludeUsage)
        {
            var json = events.Begin();
            json.WriteStartObject();
            WriteHead(json);
            json.WriteStartArray("choices");
            json.WriteEndArray();
            WriteUsage(json, choices[0].Generated);
            json.WriteEndObject();
            events.End();
        }

        if (done)
            events.Done();
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
