using System.Text.Json;
using AiPlatform.ModelSimulator.Answers;

namespace AiPlatform.ModelSimulator.Audio;

/// <summary>OpenAI's own stream: events of their own instead of chunks, and no <c>[DONE]</c>.</summary>
sealed class OpenAiEvents(TranscriptionRequest request) : IStreamFormat
{
    public void WriteWhole(Utf8JsonWriter json, IReadOnlyList<Choice> choices)
    {
        if (request.ResponseFormat == "text")
        {
            json.WriteRawValue(choices[0].Text.First(choices[0].Generated), skipInputValidation: true);
            return;
        }

        json.WriteStartObject();
        json.WriteString("text", choices[0].Text.First(choices[0].Generated));
        WriteUsage(json, choices[0]);
        json.WriteEndObject();
    }

    public string ContentType => request.ResponseFormat == "text" ? "text/plain; charset=utf-8" : "application/json";

    public void Open(EventWriter events, Choice choice)
    {
        // The first words open it.
    }

    public void Tokens(EventWriter events, Choice choice, Range tokens)
    {
        var json = events.Begin();
        json.WriteStartObject();
        json.WriteString("type", "transcript.text.delta");
        json.WriteString("delta", choice.Streamed(tokens));
        json.WriteEndObject();
        events.End();
    }

    public void Close(EventWriter events, Choice choice)
    {
        var json = events.Begin();
        json.WriteStartObject();
        json.WriteString("type", "transcript.text.done");
        json.WriteString("text", choice.Text.First(choice.Generated));
        WriteUsage(json, choice);
        json.WriteEndObject();
        events.End();
    }

    public void End(EventWriter events, IReadOnlyList<Choice> choices, bool done)
    {
        // The event of the whole text was the last.
    }

    void WriteUsage(Utf8JsonWriter json, Choice choice)
    {
        json.WriteStartObject("usage");
        json.WriteString("type", "tokens");
        json.WriteNumber("input_tokens", request.Audio.PromptTokens);
        json.WriteNumber("output_tokens", choice.Generated);
        json.WriteNumber("total_tokens", request.Audio.PromptTokens + choice.Generated);
        json.WriteEndObject();
    }
}
