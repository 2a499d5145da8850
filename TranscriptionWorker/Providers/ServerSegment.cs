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
            ? new ServerSegment(start, end, text.Trim(), JsonFields.Text(value, "speaker") ?? JsonFields.Text(value, "speaker_id"))
            : null;
}
