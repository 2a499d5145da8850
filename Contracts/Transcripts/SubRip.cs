using System.Globalization;
using System.Text;

namespace AiPlatform.Contracts.Transcripts;

/// <summary>A transcript as SubRip subtitles (<c>.srt</c>, <c>application/x-subrip</c>).</summary>
public static class SubRip
{
    /// <returns>Cues of at most two lines of 42 characters, with <c>SPEAKER_00: </c> before their text where speakers were told apart; empty where
    /// nothing was said.</returns>
    public static string Of(TranscriptionResult result)
    {
        var names = SpokenLines.NamesSpeakers(result);
        var text = new StringBuilder();
        var number = 0;
        foreach (var segment in SpokenLines.Said(result))
        {
            var prefix = names && segment.Speaker is { } speaker ? $"{SpokenLines.Name(speaker)}: " : "";
            // The format has no way to escape its arrow.
            foreach (var cue in SpokenLines.Cues(segment with { Text = segment.Text.Replace("-->", "->", StringComparison.Ordinal) }, prefix))
            {
                text.Append(CultureInfo.InvariantCulture, $"{++number}\n{SpokenLines.Clock(cue.Start, ',')} --> {SpokenLines.Clock(cue.End, ',')}\n");
                text.Append(prefix).AppendJoin('\n', cue.Lines).Append("\n\n");
            }
        }
        return text.ToString();
    }
}
