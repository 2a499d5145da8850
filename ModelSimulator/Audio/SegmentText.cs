using System.Text.Json;

namespace AiPlatform.ModelSimulator.Audio;

/// <summary>Writes segments and words in the forms of the servers that tell them.</summary>
static class SegmentText
{
    const string Id = "id";

    /// <summary>OpenAI's list; the numbers that only a model could know are made up.</summary>
    public static void WriteVerbose(Utf8JsonWriter json, IReadOnlyList<HeardSegment> segments)
    {
        json.WriteStartArray("segments");
        for (var index = 0; index < segments.Count; index++)
        {
            json.WriteStartObject();
            json.WriteNumber(Id, index);
            json.WriteNumber("seek", 0);
            Times(json, segments[index]);
            json.WriteString("text", " " + segments[index].Text);
            json.WriteStartArray("tokens");
            json.WriteEndArray();
            json.WriteNumber("temperature", 0);
            json.WriteNumber("avg_logprob", -0.25);
            json.WriteNumber("compression_ratio", 1.5);
            json.WriteNull("no_speech_prob");
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Mistral's list.</summary>
    public static void WriteMistral(Utf8JsonWriter json, IReadOnlyList<HeardSegment> segments, bool withSpeakers)
    {
        json.WriteStartArray("segments");
        foreach (var segment in segments)
        {
            json.WriteStartObject();
            json.WriteString("text", " " + segment.Text);
            Times(json, segment);
            if (withSpeakers && segment.Speaker is { } speaker)
                json.WriteString("speaker_id", speaker);
            json.WriteString("type", "transcription_segment");
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>WhisperX's own list. A number has no times, as it could not be aligned, and a speaker is missing where nobody was found.</summary>
    public static void WriteWhisperX(Utf8JsonWriter json, string name, IReadOnlyList<HeardSegment> segments, bool withSpeakers)
    {
        json.WriteStartArray(name);
        foreach (var segment in segments)
        {
            json.WriteStartObject();
            Times(json, segment);
            json.WriteString("text", " " + segment.Text);
            json.WriteStartArray("words");
            WriteWords(json, segment, withSpeakers);
            json.WriteEndArray();
            if (withSpeakers && segment.Speaker is { } speaker)
                json.WriteString("speaker", speaker);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    public static void WriteWords(Utf8JsonWriter json, HeardSegment segment, bool withSpeakers)
    {
        var words = segment.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var length = (segment.End - segment.Start) / Math.Max(1, words.Length);
        for (var index = 0; index < words.Length; index++)
        {
            json.WriteStartObject();
            json.WriteString("word", words[index]);
            if (!char.IsAsciiDigit(words[index][0]))
            {
                Times(json, segment with { Start = segment.Start + (index * length), End = segment.Start + ((index + 1) * length) });
                json.WriteNumber("score", 0.9);
                if (withSpeakers && segment.Speaker is { } speaker)
                    json.WriteString("speaker", speaker);
            }

            json.WriteEndObject();
        }
    }

    static void Times(Utf8JsonWriter json, HeardSegment segment)
    {
        json.WriteNumber("start", Math.Round(segment.Start, 3));
        json.WriteNumber("end", Math.Round(segment.End, 3));
    }
}
