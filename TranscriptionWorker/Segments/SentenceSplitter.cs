using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace AiPlatform.TranscriptionWorker.Segments;

/// <summary>Cuts a transcript into sentences, and long sentences near their middle: at a comma, before an "and", or between two words.</summary>
static partial class SentenceSplitter
{
    const int MostCharacters = 160;

    // They end with a full stop that ends no sentence. "No." is missing on purpose: on the telephone it is an answer.
    static readonly FrozenSet<string> Abbreviations = FrozenSet.ToFrozenSet(
        [
            "mr", "mrs", "ms", "dr", "st", "prof", "sr", "jr", "vs", "nr", "ca", "tel", "approx", "e.g", "i.e", "z.b", "d.h", "u.a", "p.ej", "bzw",
            "hr", "fr", "evtl", "ggf", "mme", "mlle", "sra", "srta", "dott", "sig", "gen", "capt", "lt", "sgt", "inc", "ext",
        ],
        StringComparer.OrdinalIgnoreCase);

    public static IReadOnlyList<string> Split(string text) => Split(text, MostCharacters);

    /// <param name="mostCharacters">A longer sentence is cut, if it has a place for that.</param>
    public static IReadOnlyList<string> Split(string text, int mostCharacters)
    {
        var sentences = new List<string>();
        var start = 0;
        foreach (Match end in SentenceEnd.Matches(text))
        {
            var after = end.Index + end.Length;
            if (!EndsSentence(text, end))
            {
                continue;
            }
            Add(sentences, text[start..after], mostCharacters);
            start = after;
        }
        Add(sentences, text[start..], mostCharacters);
        return sentences;
    }

    static bool EndsSentence(string text, Match end)
    {
        if (end.Groups["stop"].Value != ".")
        {
            return true;
        }
        var word = LastWord.Match(text, 0, end.Index).Value;
        return !Abbreviations.Contains(word) && !IsInitial(word);
    }

    // "J. Smith"; but "I" is a word.
    static bool IsInitial(string word) => word.Length == 1 && char.IsUpper(word[0]) && word != "I";

    static void Add(List<string> sentences, string part, int mostCharacters)
    {
        var sentence = part.Trim();
        if (sentence.Length > mostCharacters && Cut(sentence) is { } cut)
        {
            Add(sentences, sentence[..cut], mostCharacters);
            Add(sentences, sentence[cut..], mostCharacters);
        }
        else if (sentence.Length > 0)
        {
            sentences.Add(sentence);
        }
    }

    /// <returns>The place after the comma, or else before the conjunction, or else at the blank, nearest the middle; null where there is none.</returns>
    static int? Cut(string sentence)
    {
        var middle = sentence.Length / 2;
        foreach (var places in new[] { ClauseEnd, Conjunction, Blank })
        {
            var cuts = places.Matches(sentence).Select(match => match.Index + match.Length)
                .Where(cut => cut > sentence.Length / 5 && cut < sentence.Length - (sentence.Length / 5));
            if (cuts.Select(cut => (int?)cut).MinBy(cut => Math.Abs(cut!.Value - middle)) is { } nearest)
            {
                return nearest;
            }
        }
        return null;
    }

    // A stop with its closing quotes, then a blank and something that can begin a sentence. "3.5", "10:30" and "example.com" have no blank, and
    // a small letter goes on with the sentence; Chinese and Japanese need no blank. Each run of stops is tried once, from its beginning: a model
    // that repeats itself may answer a hundred thousand of them.
    [GeneratedRegex(
        @"(?<![.!?…])(?<stop>(?>[.!?…]+))(?>[""'”’»)\]]*)(?>\s+)(?=[""'“‘«(\[¿¡]*[\p{Lu}\p{Lo}\p{Lt}\p{Nd}])|(?>[。！？]+)[”’」』）]*")]
    static partial Regex SentenceEnd { get; }

    [GeneratedRegex(@"[\p{L}\p{Nd}]+(?:\.[\p{L}]+)*\z", RegexOptions.RightToLeft)]
    static partial Regex LastWord { get; }

    [GeneratedRegex(@"[;:,]\s+|[，；：、]")]
    static partial Regex ClauseEnd { get; }

    [GeneratedRegex(
        @"\s+(?=(?:and|but|or|so|because|which|und|aber|oder|denn|weil|et|mais|ou|donc|y|pero|o|porque|e|ma|mas|perch[eé])\s)", RegexOptions.IgnoreCase)]
    static partial Regex Conjunction { get; }

    [GeneratedRegex(@"\s+")]
    static partial Regex Blank { get; }
}
