using System.Text.Json;

namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>A segment as the server gave it.</summary>
/// <param name="Speaker">In the server's words; null for none.</param>
sealed record ServerSegment(double Start, double End, string Text, string? Speaker)
{
    /// <returns>Null where it has no times or no text.</returns>
    public static ServerSegment? TryRead(JsonElement value) =>
        value.ValueKind == JsonValueKind.Object
        && JsonFields.Number(value, "start") is { } start
        && JsonFields.Number(value, "end") is { } end
        && JsonFields.Text(value, "text") is { } text
            ? new ServerSegment(start, end, text.Trim(), SpeakerIn(value))
            : null;

    /// <summary>WhisperX may know the speaker of the words and not of their segment: it is then who said the most of them.</summary>
    static string? SpeakerIn(JsonElement segment) => JsonFields.Text(segment, "speaker") ?? JsonFields.Text(segment, "speaker_id") ?? SpeakerOf(segment);

    static string? SpeakerOf(JsonElement segment) => JsonFields.Given(segment, "words") is { ValueKind: JsonValueKind.Array } words
        ? words.EnumerateArray()
            .Where(word => word.ValueKind == JsonValueKind.Object)
            .Select(word => JsonFields.Text(word, "speaker"))
            .OfType<string>()
            .CountBy(speaker => speaker)
            .OrderByDescending(speaker => speaker.Value)
            .Select(speaker => speaker.Key)
            .FirstOrDefault()
        : null;
}
