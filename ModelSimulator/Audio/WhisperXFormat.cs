using System.Text.Json;
using AiPlatform.ModelSimulator.Answers;
using AiPlatform.ModelSimulator.Personalities;

namespace AiPlatform.ModelSimulator.Audio;

/// <summary>WhisperX's segments, each server with another wrapping around them.</summary>
/// <param name="isAligned">Behind OpenAI's route the segments are then an object that holds the list.</param>
sealed class WhisperXFormat(TranscriptionRequest request, bool isAligned) : IAnswerFormat
{
    // whisper-asr-webservice says of its JSON that it is text.
    public string ContentType => request.Kind == ServerKind.WhisperAsr ? "text/plain; charset=utf-8" : "application/json";

    public void WriteWhole(Utf8JsonWriter json, IReadOnlyList<Choice> choices)
    {
        if (request is { Kind: ServerKind.WhisperAsr, ResponseFormat: not "json" })
        {
            json.WriteRawValue(choices[0].Text.First(choices[0].Generated), skipInputValidation: true);
            return;
        }

        json.WriteStartObject();
        if (request.Kind != ServerKind.WhisperXTasks)
        {
            json.WriteString("text", choices[0].Text.First(choices[0].Generated));
            json.WriteString("language", request.Language);
        }

        if (isAligned && request.Kind == ServerKind.WhisperX)
        {
            json.WriteStartObject("segments");
            WriteSegments(json);
            json.WriteEndObject();
        }
        else
        {
            WriteSegments(json);
        }

        json.WriteEndObject();
    }

    void WriteSegments(Utf8JsonWriter json)
    {
        SegmentText.WriteWhisperX(json, "segments", request.Heard.Segments, request.WithSpeakers);
        json.WriteStartArray("word_segments");
        foreach (var segment in request.Heard.Segments)
            SegmentText.WriteWords(json, segment, request.WithSpeakers);
        json.WriteEndArray();
    }
}
