using System.Globalization;
using System.Text.Json;

namespace AiPlatform.Contracts.Transcripts;

/// <summary>What is transcribed of a job that has not ended, by the checkpoints that its runs have saved.</summary>
public static class TranscriptSoFar
{
    /// <summary>Key of the plan: its <c>name</c>, the audio's <c>duration</c> and its <c>chunks</c>, each with <c>track</c>, <c>index</c> and
    /// <c>range</c> in samples.</summary>
    public const string PlanKey = "plan";

    const int SamplesPerSecond = 16_000;

    static readonly ContractsJson Reading = ContractsJson.Default;

    /// <summary>Key of a chunk: its <c>segments</c>, and <c>gap</c> where it could not be transcribed.</summary>
    public static string KeyOf(string plan, int track, int index) => string.Create(CultureInfo.InvariantCulture, $"chunk-{plan}-{track}-{index:00000}");

    /// <returns>The text up to the first chunk that is missing; null where the job has no plan yet.</returns>
    public static TranscriptionResult? Of(IReadOnlyDictionary<string, JsonElement> checkpoints)
    {
        if (!checkpoints.TryGetValue(PlanKey, out var plan))
        {
            return null;
        }
        var name = plan.GetProperty("name").GetString()!;
        var chunks = plan.GetProperty("chunks");
        List<TranscriptSegment> segments = [];
        var done = 0;
        foreach (var chunk in chunks.EnumerateArray())
        {
            var key = KeyOf(name, chunk.GetProperty("track").GetInt32(), chunk.GetProperty("index").GetInt32());
            if (!checkpoints.TryGetValue(key, out var outcome))
            {
                break;
            }
            done++;
            segments.AddRange(outcome.GetProperty("segments").Deserialize(Reading.IReadOnlyListTranscriptSegment)!);
        }
        return new TranscriptionResult
        {
            Partial = true,
            TranscribedUntil = done < chunks.GetArrayLength()
                ? Math.Round(chunks[done].GetProperty("range").GetProperty("start").GetDouble() / SamplesPerSecond, 3)
                : plan.GetProperty("duration").GetDouble(),
            Text = string.Join(' ', segments.Select(segment => segment.Text)),
            Segments = Numbered(segments),
            Duration = plan.GetProperty("duration").GetDouble(),
        };
    }

    /// <summary>Speakers are told apart at the end; until then channels are.</summary>
    static IReadOnlyList<TranscriptSegment> Numbered(List<TranscriptSegment> segments)
    {
        var hasChannels = segments.Select(segment => segment.Channel).Distinct().Count() > 1;
        return
        [
            .. segments.OrderBy(segment => segment.Start).ThenBy(segment => segment.Channel).Select((segment, id) => segment with
            {
                Id = id,
                Speaker = hasChannels ? string.Create(CultureInfo.InvariantCulture, $"SPEAKER_{segment.Channel:00}") : null,
                SpeakerSource = hasChannels ? SpeakerSources.Channel : SpeakerSources.None,
            }),
        ];
    }
}
