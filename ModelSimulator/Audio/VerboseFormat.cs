using System.Globalization;
using System.Text.Json;
using AiPlatform.ModelSimulator.Answers;
using AiPlatform.ModelSimulator.Personalities;

namespace AiPlatform.ModelSimulator.Audio;

/// <summary>OpenAI's <c>verbose_json</c>; vLLM writes the length as text.</summary>
sealed class VerboseFormat(TranscriptionRequest request) : IAnswerFormat
{
    public void WriteWhole(Utf8JsonWriter json, IReadOnlyList<Choice> choices)
    {
        json.WriteStartObject();
        json.WriteString("text", choices[0].Text.First(choices[0].Generated));
        json.WriteString("language", request.Language);
        if (request.Kind == ServerKind.OpenAi)
        {
            json.WriteString("task", "transcribe");
            json.WriteNumber("duration", Math.Round(request.Audio.Seconds, 3));
        }
        else
        {
            json.WriteString("duration", request.Audio.Seconds.ToString(CultureInfo.InvariantCulture));
        }

        SegmentText.WriteVerbose(json, request.Heard.Segments);
        json.WriteEndObject();
    }
}
