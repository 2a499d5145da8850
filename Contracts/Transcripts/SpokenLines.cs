using System.Globalization;
using System.Text;

namespace AiPlatform.Contracts.Transcripts;

/// <summary>What all renderings of a transcript have in common.</summary>
static class SpokenLines
{
    /// <summary>As subtitles usually have it.</summary>
    const int MostCharacters = 42;
    const int MostLines = 2;

    /// <summary>Of the characters of a line that a speaker's name may take.</summary>
    const int MostPrefix = 24;

    /// <summary>A result may be anybody's: workers complete jobs over HTTP too.</summary>
    const double MostSeconds = 1e9;

    /// <summary>Whether speakers were told apart, so that saying who speaks says something.</summary>
    public static bool NamesSpeakers(TranscriptionResult result) => result.Diarization is { Method: not SpeakerSources.None };

    /// <summary>The segments in which something is said.</summary>
    public static IEnumerable<TranscriptSegment> Said(TranscriptionResult result) =>
        result.Segments.Where(segment => !segment.Gap && !string.IsNullOrWhiteSpace(segment.Text));

    /// <summary>The text of a segment on one line.</summary>
    public static string OneLine(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>A speaker's name on one line, as it may stand in subtitles, cut where it is long.</summary>
    public static string Name(string speaker)
    {
        var name = OneLine(speaker).Replace("-->", "->", StringComparison.Ordinal);
        return name.Length <= MostPrefix - 2 ? name : name[..(MostPrefix - 3)] + "…";
    }

    /// <summary>Cues of two lines of 42 characters at most. A segment of more text is several, which share its time by their length.</summary>
    /// <param name="prefix">Stands before the first line of each cue and takes of its length; empty for none.</param>
    public static IEnumerable<Cue> Cues(TranscriptSegment segment, string prefix)
    {
        var cues = Wrap(OneLine(segment.Text), Math.Min(prefix.Length, MostPrefix)).Chunk(MostLines).ToList();
        var total = cues.Sum(lines => lines.Sum(line => line.Length));
        var (start, before) = (Milliseconds(segment.Start), 0);
        var (at, length) = (start, Milliseconds(segment.End) - start);
        foreach (var lines in cues)
        {
            before += lines.Sum(line => line.Length);
            // A cue without length is refused by players.
            var end = Math.Max(start + (length * before / total), at + 1);
            yield return new Cue(at, end, lines);
            at = end;
        }
    }

    /// <summary>Lines of whole words. A word longer than a line is cut: there are languages that write without blanks.</summary>
    static List<string> Wrap(string text, int prefix)
    {
        List<string> lines = [];
        var line = new StringBuilder();
        foreach (var (piece, begins) in text.Split(' ').SelectMany(word => Pieces(word, MostCharacters - prefix)))
        {
            var room = MostCharacters - (lines.Count % MostLines == 0 ? prefix : 0);
            var blank = line.Length > 0 && begins ? " " : "";
            if (line.Length + blank.Length + piece.Length > room && line.Length > 0)
            {
                lines.Add(line.ToString());
                line.Clear();
                blank = "";
            }
            line.Append(blank).Append(piece);
        }
        lines.Add(line.ToString());
        return lines;
    }

    /// <returns>Parts of a word, and whether each is the word's beginning.</returns>
    static IEnumerable<(string Piece, bool Begins)> Pieces(string word, int most)
    {
        var start = 0;
        while (word.Length - start > most)
        {
            // Never between the two halves of one character.
            var length = most - (char.IsHighSurrogate(word[start + most - 1]) ? 1 : 0);
            yield return (word.Substring(start, length), start == 0);
            start += length;
        }
        yield return (word[start..], start == 0);
    }

    static long Milliseconds(double seconds) => (long)Math.Round(Math.Clamp(seconds, 0, MostSeconds) * 1000);

    /// <returns><c>00:01:02,345</c>, with <paramref name="point"/> before the thousandths.</returns>
    public static string Clock(long milliseconds, char point) => string.Create(
        CultureInfo.InvariantCulture,
        $"{milliseconds / 3_600_000:00}:{milliseconds / 60_000 % 60:00}:{milliseconds / 1000 % 60:00}{point}{milliseconds % 1000:000}");

    /// <param name="Start">In milliseconds, as is <paramref name="End"/>.</param>
    public readonly record struct Cue(long Start, long End, IReadOnlyList<string> Lines);
}
