using System.Text.Json;
using AiPlatform.ModelSimulator.Answers;

namespace AiPlatform.ModelSimulator.Audio;

/// <summary>The answer of Mistral's API.</summary>
sealed class MistralFormat(TranscriptionRequest request) : IAnswerFormat
{
    public void WriteWhole(Utf8JsonWriter json, IReadOnlyList<Choice> choices)
    {
        json.WriteStartObject();
        json.WriteString("model", request.ModelName);
        json.WriteString("text", choices[0].Text.First(choices[0].Generated));
        json.WriteNull("language");
        SegmentText.WriteMistral(json, request.WithTimes ? request.Heard.Segments : [], request.WithSpeakers);
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_audio_seconds", (int)Math.Ceiling(request.Audio.Seconds));
        json.WriteNumber("prompt_tokens", request.Audio.PromptTokens);
        json.WriteNumber("total_tokens", request.Audio.PromptTokens + choices[0].Generated);
        json.WriteNumber("completion_tokens", choices[0].Generated);
        json.WriteEndObject();
        json.WriteNull("finish_reason");
        json.WriteEndObject();
    }
}
