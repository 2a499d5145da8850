using System.Text.Json;

namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>What a transcription server answered.</summary>
/// <param name="Segments">Empty where it gave none.</param>
/// <param name="Usage">The server's own object.</param>
/// <param name="FinishReason"><c>stop</c> or <c>length</c>; null where it did not say.</param>
sealed record ServerAnswer(string Text, IReadOnlyList<ServerSegment> Segments, string? Language, JsonElement? Usage, string? FinishReason = null)
{
    public ClipTranscript ToTranscript(params IReadOnlyList<string> warnings) =>
        new(Text, Segments, Language, FinishReason, Usage, BilledSeconds(Usage), ClipModes.Transcription, warnings);

    /// <summary>vLLM and OpenAI say <c>{"type":"duration","seconds"}</c>, Mistral <c>prompt_audio_seconds</c>; tokens are another coin.</summary>
    static double? BilledSeconds(JsonElement? usage) =>
        usage is { } said ? JsonFields.Number(said, "seconds") ?? JsonFields.Number(said, "prompt_audio_seconds") : null;

    /// <summary>
    /// Reads vLLM's <c>{"text","usage":{"type":"duration","seconds"}}</c>, OpenAI's verbose form with segments, Mistral's with <c>speaker_id</c>, and
    /// WhisperX's, whose segments are an object around the list once they are aligned: <c>{"segments":{"segments":[…]}}</c>.
    /// </summary>
    /// <param name="error">The error that came in its place, if one did.</param>
    /// <returns>Null where it is not a transcription.</returns>
    public static ServerAnswer? TryRead(ReadOnlyMemory<byte> body, out JsonElement? error)
    {
        error = null;
        try
        {
            using var document = JsonDocument.Parse(body);
            return TryRead(document.RootElement, out error);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <inheritdoc cref="TryRead(ReadOnlyMemory{byte}, out JsonElement?)"/>
    public static ServerAnswer? TryRead(JsonElement root, out JsonElement? error)
    {
        error = null;
        try
        {
            if (root.ValueKind != JsonValueKind.Object)
            {
                return null;
            }
            error = (JsonFields.Given(root, "error") ?? (JsonFields.Text(root, "object") == "error" ? root : null))?.Clone();
            return error is null ? Read(root) : null;
        }
        catch (InvalidOperationException)
        {
            // Text that is not valid UTF-16, such as half of a character.
            return null;
        }
    }

    static ServerAnswer? Read(JsonElement root)
    {
        var segments = SegmentsIn(JsonFields.Given(root, "segments"));
        var text = JsonFields.Text(root, "text") ?? (segments is null ? null : string.Join(' ', segments.Select(segment => segment.Text)));
        return text is null
            ? null
            : new ServerAnswer(
                text.Trim(), segments ?? [], JsonFields.Text(root, "language"), UsageIn(root), JsonFields.Text(root, "finish_reason"));
    }

    static List<ServerSegment>? SegmentsIn(JsonElement? given) => given switch
    {
        { ValueKind: JsonValueKind.Array } list => WholeList([.. list.EnumerateArray().Select(ServerSegment.TryRead)]),
        { ValueKind: JsonValueKind.Object } aligned => SegmentsIn(JsonFields.Given(aligned, "segments")),
        _ => null,
    };

    /// <summary>Times that cover only part of the text would be taken for all of it.</summary>
    static List<ServerSegment>? WholeList(List<ServerSegment?> segments) => segments.Contains(null) ? null : [.. segments.OfType<ServerSegment>()];

    static JsonElement? UsageIn(JsonElement root) =>
        JsonFields.Given(root, "usage") is { ValueKind: JsonValueKind.Object } usage ? usage.Clone() : null;
}
