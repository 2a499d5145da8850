using System.Text;

namespace AiPlatform.Contracts.Transcripts;

/// <summary>A transcript as plain text.</summary>
public static class TranscriptText
{
    /// <returns>A line for each turn, as <c>SPEAKER_00: …</c>, where several speakers were told apart; else the text as it is. Ends without a line break.</returns>
    public static string Of(TranscriptionResult result)
    {
        var spoken = SpokenLines.Said(result).ToList();
        if (!SpokenLines.NamesSpeakers(result) || spoken.Select(segment => segment.Speaker).Distinct().Count() < 2)
        {
            return result.Text;
        }
        var text = new StringBuilder();
        string? speaker = null;
        foreach (var segment in spoken)
        {
            if (text.Length == 0 || segment.Speaker != speaker)
            {
                speaker = segment.Speaker;
                text.Append(text.Length > 0 ? "\n" : "").Append(speaker is null ? "" : $"{speaker}: ");
            }
            else
            {
                text.Append(' ');
            }
            text.Append(SpokenLines.OneLine(segment.Text));
        }
        return text.ToString();
    }
}
