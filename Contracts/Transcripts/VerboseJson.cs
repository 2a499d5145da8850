using System.Text.Json;
using System.Text.Json.Serialization;

namespace AiPlatform.Contracts.Transcripts;

/// <summary>A transcript in OpenAI's <c>verbose_json</c>.</summary>
public static class VerboseJson
{
    /// <returns>JSON with <c>task</c>, <c>language</c>, <c>duration</c>, <c>text</c> and <c>segments</c>. What only Whisper's decoder knows of a segment
    /// (<c>tokens</c>, <c>avg_logprob</c> …) is there for clients that insist on it and empty or 0; <c>speaker</c> is added where there is one.</returns>
    public static string Of(TranscriptionResult result) => JsonSerializer.Serialize(
        new VerboseTranscript(
            "transcribe",
            result.Language,
            result.Duration,
            result.Text,
            [
                .. SpokenLines.Said(result).Select((segment, id) =>
                    new VerboseSegment(id, segment.Start, segment.End, segment.Text) { Speaker = segment.Speaker }),
            ]),
        VerboseJsonContext.Default.VerboseTranscript);
}

sealed record VerboseTranscript(string Task, string? Language, double Duration, string Text, IReadOnlyList<VerboseSegment> Segments);

sealed record VerboseSegment(int Id, double Start, double End, string Text)
{
    public int Seek { get; init; }

    public IReadOnlyList<int> Tokens { get; init; } = [];

    public double Temperature { get; init; }

    public double AvgLogprob { get; init; }

    public double CompressionRatio { get; init; }

    public double NoSpeechProb { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Speaker { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(VerboseTranscript))]
sealed partial class VerboseJsonContext : JsonSerializerContext;
