using System.Globalization;
using System.Text.RegularExpressions;
using AiPlatform.Contracts;
using AiPlatform.TranscriptionWorker.Providers;

namespace AiPlatform.TranscriptionWorker.Segments;

/// <summary>The segments of a server that gives times, in our form: in order, inside the audio, each with a speaker.</summary>
static partial class TimedSegments
{
    public static IReadOnlyList<TranscriptSegment> Of(IReadOnlyList<ServerSegment> given, TimeSpan duration)
    {
        var speakers = new Dictionary<string, string>(StringComparer.Ordinal);
        return
        [
            .. from segment in given
               where segment.Text.Length > 0
               orderby segment.Start
               let start = Inside(segment.Start, duration)
               select new TranscriptSegment(start, Math.Max(start, Inside(segment.End, duration)), segment.Text, Name(segment.Speaker, speakers)),
        ];
    }

    static double Inside(double time, TimeSpan duration) => Math.Round(Math.Clamp(time, 0, duration.TotalSeconds), 3);

    /// <summary>Servers write <c>SPEAKER_01</c>, <c>speaker_1</c>, <c>A</c> or nothing. Ours are numbered in order of appearance, unless the server's
    /// are of that form already.</summary>
    static string Name(string? given, Dictionary<string, string> speakers)
    {
        if (given is null or "")
        {
            return ApproximateSegments.OneSpeaker;
        }
        if (Numbered.IsMatch(given))
        {
            return given;
        }
        if (!speakers.TryGetValue(given, out var name))
        {
            name = string.Create(CultureInfo.InvariantCulture, $"SPEAKER_{speakers.Count:00}");
            speakers.Add(given, name);
        }
        return name;
    }

    [GeneratedRegex(@"^SPEAKER_\d{2,}$")]
    static partial Regex Numbered { get; }
}
