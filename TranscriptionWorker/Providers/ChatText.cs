using System.Text.RegularExpressions;

namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>Takes off what a model writes around a transcript when it is asked in a chat: introductions, code fences, emphasis and names of speakers.</summary>
static partial class ChatText
{
    public static string Plain(string text)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(line => !Fence.IsMatch(line));
        var plain = lines
            .Select((line, index) => index == 0 ? Introduction.Replace(line, "") : line)
            .Select(line => Emphasis.Replace(Label.Replace(Mark.Replace(line, ""), ""), "").Trim())
            .Where(line => line.Length > 0);
        var joined = string.Join(' ', plain);
        return joined is ['"', .., '"'] && joined.Count(letter => letter == '"') == 2 ? joined[1..^1].Trim() : joined;
    }

    [GeneratedRegex("^(```|~~~)[A-Za-z]*$")]
    static partial Regex Fence { get; }

    // "Here is the transcription:", "**Transcript:**"
    [GeneratedRegex(
        @"^((sure|certainly|of course)[,!.]\s*)?(here(\s+is|'s|’s)\s+(the|a|your)\s+)?[*_#\s]*(transcript(ion)?)(\s+of\s+the\s+(audio|recording))?\s*[*_]*:[*_]*\s*",
        RegexOptions.IgnoreCase)]
    static partial Regex Introduction { get; }

    // Headings, quotes and points of a list.
    [GeneratedRegex(@"^(#{1,6}\s+|>\s+|[-*•]\s+)+")]
    static partial Regex Mark { get; }

    // "**Speaker 1:**", "Speaker A:", "[SPEAKER_00]:", and whatever else is bold and ends with a colon.
    [GeneratedRegex(@"^(\*\*|__)[^*_:]{1,40}(:\s*(\*\*|__)|(\*\*|__)\s*:)|^\[?(speaker|sprecher)[ _]?([0-9]{1,2}|[A-Z])\]?\s*:", RegexOptions.IgnoreCase)]
    static partial Regex Label { get; }

    // Of whole words only: an asterisk or underscore may also have been said.
    [GeneratedRegex(@"\*\*|__|(?<![\w*])\*(?=\w)|(?<=[\w.,!?])\*(?![\w*])")]
    static partial Regex Emphasis { get; }
}
