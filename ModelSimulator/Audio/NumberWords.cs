using System.Text;

namespace AiPlatform.ModelSimulator.Audio;

/// <summary>Says "One two three.": so many numbers as the speech is long, a sentence for each stretch of it. A lost or doubled word shows.</summary>
static class NumberWords
{
    static readonly string[] Ones =
        ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen").Split(' ');

    static readonly string[] Tens = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".Split(' ');

    public static Heard Of(WavAudio audio, double wordsPerSecond)
    {
        var segments = new List<HeardSegment>();
        var next = 1;
        foreach (var island in audio.Speech)
        {
            var count = Math.Max(1, (int)Math.Round(island.Seconds * wordsPerSecond));
            segments.Add(new HeardSegment(island.Start, island.End, Sentence(next, count), Transcript.Speaker(segments.Count)));
            next += count;
        }

        return new Heard(string.Join(' ', segments.Select(segment => segment.Text)), segments);
    }

    static string Sentence(int first, int count)
    {
        var text = new StringBuilder(string.Join(' ', Enumerable.Range(first, count).Select(Word))).Append('.');
        text[0] = char.ToUpperInvariant(text[0]);
        return text.ToString();
    }

    static string Word(int number) => number switch
    {
        < 20 => Ones[number],
        < 100 => Tens[number / 10] + (number % 10 == 0 ? "" : Ones[number % 10]),
        < 1000 => Ones[number / 100] + "hundred" + (number % 100 == 0 ? "" : Word(number % 100)),
        _ => Word(number / 1000) + "thousand" + (number % 1000 == 0 ? "" : Word(number % 1000))
    };
}
