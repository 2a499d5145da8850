using System.Text.RegularExpressions;

namespace AiPlatform.TranscriptionWorker.Segments;

/// <summary>A word of a text, in small letters and without marks, and its place there.</summary>
/// <param name="End">The first character after it.</param>
readonly record struct TextWord(string Text, int Start, int End);

/// <summary>The words of a text as they are compared. In scripts that write without blanks each character is one.</summary>
static partial class TextWords
{
    public static List<TextWord> Of(string text) =>
    [
        .. Word.Matches(text).Select(match => new TextWord(
            match.Value.Replace("'", "", StringComparison.Ordinal).Replace("’", "", StringComparison.Ordinal).ToLowerInvariant(),
            match.Index,
            match.Index + match.Length)),
    ];

    /// <summary>Whether two hearings of one word may differ like this: one letter in four.</summary>
    public static bool AreAlike(string one, string other)
    {
        var longer = Math.Max(one.Length, other.Length);
        return one == other || (longer >= 4 && Math.Abs(one.Length - other.Length) <= longer / 4 && Distance(one, other) <= longer / 4);
    }

    /// <summary>Letters to be put in, left out or changed (Levenshtein). Of a word that is no word, such as a line of a thousand letters, the first 64 count.</summary>
    static int Distance(string one, string other)
    {
        var left = one.AsSpan(0, Math.Min(one.Length, 64));
        var right = other.AsSpan(0, Math.Min(other.Length, 64));
        Span<int> row = stackalloc int[right.Length + 1];
        for (var j = 0; j <= right.Length; j++)
        {
            row[j] = j;
        }
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var changed = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(changed, Math.Min(row[j - 1], row[j]) + 1);
            }
        }
        return row[right.Length];
    }

    [GeneratedRegex(@"[\p{IsCJKUnifiedIdeographs}\p{IsHiragana}\p{IsKatakana}]|(?:(?![\p{IsCJKUnifiedIdeographs}\p{IsHiragana}\p{IsKatakana}])[\p{L}\p{M}\p{Nd}])+(?:['’](?:\p{L})+)*")]
    static partial Regex Word { get; }
}
