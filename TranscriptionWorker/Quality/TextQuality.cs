using AiPlatform.TranscriptionWorker.Providers;

namespace AiPlatform.TranscriptionWorker.Quality;

/// <summary>Tells texts that models make up, repeat or break off from those that were said.</summary>
static class TextQuality
{
    const double LeastSpeechSeconds = 1;
    const double MostCharactersPerSecond = 30;
    const double MostCompression = 2.4;
    const int MostRepeats = 4;
    const double LeastVariety = 0.15;

    // A short answer is spoken faster, and its first and last sounds may not have counted as speech.
    const int FreeCharacters = 8;

    /// <param name="speechSeconds">Of the clip, without its pauses.</param>
    public static QualityVerdict Judge(ClipTranscript answer, double speechSeconds)
    {
        var text = answer.Text.Trim();
        if (text.Length == 0)
        {
            return speechSeconds > LeastSpeechSeconds ? new QualityVerdict.Suspect(QualityVerdict.EmptyText) : new QualityVerdict.Good();
        }
        // A model that repeats itself stops only at its limit: the reason for that comes first.
        return Repetition.Of(text) is { Compression: > MostCompression } or { Repeats: > MostRepeats } or { Variety: < LeastVariety }
            ? new QualityVerdict.Suspect(QualityVerdict.Repetition)
            : answer.FinishReason == "length"
                ? new QualityVerdict.Suspect(QualityVerdict.Truncated)
                : text.Length > Plausible(speechSeconds)
                    ? new QualityVerdict.Suspect(QualityVerdict.TooFast)
                    : new QualityVerdict.Good();
    }

    /// <summary>Ranks answers of which none is good: 0 for no text, 1 for a text that breaks no rule, in between the less the more it breaks them.</summary>
    /// <param name="speechSeconds">Of the clip, without its pauses.</param>
    public static double Score(ClipTranscript answer, double speechSeconds)
    {
        var text = answer.Text.Trim();
        if (text.Length == 0)
        {
            return speechSeconds > LeastSpeechSeconds ? 0 : 1;
        }
        var (compression, repeats, variety) = Repetition.Of(text);
        return Math.Min(1, MostCompression / compression)
            * Math.Min(1, (double)MostRepeats / Math.Max(1, repeats))
            * Math.Min(1, variety / LeastVariety)
            * Math.Min(1, Plausible(speechSeconds) / text.Length)
            * (answer.FinishReason == "length" ? 0.5 : 1);
    }

    static double Plausible(double speechSeconds) => (MostCharactersPerSecond * speechSeconds) + FreeCharacters;
}
