using System.Globalization;
using System.Text;

namespace AiPlatform.Contracts.Transcripts;

/// <summary>A transcript as WebVTT subtitles (<c>.vtt</c>, <c>text/vtt</c>): https://www.w3.org/TR/webvtt1/.</summary>
public static class WebVtt
{
    /// <returns>Cues of at most two lines of 42 characters, with <c>&lt;v SPEAKER_00&gt;</c> before their text where speakers were told apart.</returns>
    public static string Of(TranscriptionResult result)
    {
        var names = SpokenLines.NamesSpeakers(result);
        var text = new StringBuilder("WEBVTT\n\n");
        foreach (var segment in SpokenLines.Said(result))
        {
            var voice = names && segment.Speaker is { } speaker ? $"<v {Escape(SpokenLines.Name(speaker))}>" : "";
            // The voice is not shown as text: it takes nothing of a line.
            foreach (var cue in SpokenLines.Cues(segment, ""))
            {
                text.Append(CultureInfo.InvariantCulture, $"{SpokenLines.Clock(cue.Start, '.')} --> {SpokenLines.Clock(cue.End, '.')}\n");
                text.Append(voice).AppendJoin('\n', cue.Lines.Select(Escape)).Append("\n\n");
            }
        }
        return text.ToString();
    }

    /// <summary>With "&gt;" goes the arrow, which may not stand in a cue's text.</summary>
    static string Escape(string line) => line
        .Replace("&", "&amp;", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal);
}
