using System.Text.Json.Serialization;

namespace AiPlatform.Contracts;

/// <summary>Answer of <c>POST /v1/audio/transcriptions</c> with <c>response_format</c> <c>json</c>, in OpenAI's form.</summary>
/// <param name="Usage">Seconds of audio; null where the worker did not say.</param>
public sealed record TranscriptionAnswer(string Text, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] TranscriptUsage? Usage);

/// <summary>An event of a streamed transcription, in OpenAI's form.</summary>
/// <param name="Type"><c>transcript.text.delta</c>, or <c>transcript.text.done</c> for the last.</param>
public sealed record TranscriptEvent(string Type)
{
    /// <summary>The text that follows what was said before.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Delta { get; init; }

    /// <summary>With the last event: all of the text.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Text { get; init; }

    /// <inheritdoc cref="TranscriptionAnswer.Usage"/>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TranscriptUsage? Usage { get; init; }
}
