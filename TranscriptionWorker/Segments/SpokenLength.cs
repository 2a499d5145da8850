using System.Globalization;

namespace AiPlatform.TranscriptionWorker.Segments;

/// <summary>How long it takes to say a text, in letters: "42" is said as long as it is written out, and a Chinese character is a syllable.</summary>
static class SpokenLength
{
    const int Digit = 4;
    const int Syllable = 3;

    /// <returns>At least 1.</returns>
    public static double Of(string text) => Math.Max(1, text.Sum(Weight));

    static double Weight(char character) => char.GetUnicodeCategory(character) switch
    {
        UnicodeCategory.DecimalDigitNumber => Digit,
        UnicodeCategory.OtherLetter when character >= '\u2E80' => Syllable,
        UnicodeCategory.NonSpacingMark => 0,
        UnicodeCategory.Surrogate => 0.5,
        _ => 1,
    };
}
