using System.Text.RegularExpressions;
using AiPlatform.Contracts;

namespace AiPlatform.TranscriptionWorker.Speakers;

/// <summary>How likely it is, by what is said and when, that somebody else speaks next.</summary>
static partial class TurnTaking
{
    const double Usual = 0.3;
    const double AfterPause = 0.45;
    const double AfterQuestion = 0.75;
    const double GoesOn = 0.1;

    const double LongPause = 1;
    const double ShortPause = 0.2;

    public static double ChangeLikelihood(TranscriptSegment before, TranscriptSegment next)
    {
        var pause = next.Start - before.End;
        return Continues.IsMatch(next.Text) || (before.Text.Length > 0 && before.Text[^1] is ',' or ';' or ':')
            ? GoesOn
            : before.Text.TrimEnd('"', '»', '”').EndsWith('?') && pause > ShortPause
                ? AfterQuestion
                : pause >= LongPause ? AfterPause : Usual;
    }

    [GeneratedRegex(@"^(?:and|so|but|because|my name|und|aber|weil|mein name|et|mais|y|pero)\b", RegexOptions.IgnoreCase)]
    static partial Regex Continues { get; }
}
