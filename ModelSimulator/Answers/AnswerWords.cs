using System.Globalization;
using AiPlatform.ModelSimulator.Faults;

namespace AiPlatform.ModelSimulator.Answers;

/// <summary>What a model answers in plain words, by <see cref="SimulatorOptions.AnswerMode"/>.</summary>
static class AnswerWords
{
    public const string Sentence = "sentence";
    public const string Echo = "echo";
    public const string Random = "random";

    const int QuotedLetters = 240;
    const int MeanWords = 40;
    const int MostWords = 128;

    static readonly string[] Vocabulary =
        ("time year people way day man thing woman life child world school state family student group country problem hand part place case week company system "
        + "program question work government number night point home water room mother area money story fact month lot right study book eye job word business issue")
        .Split(' ');

    /// <param name="seed">Of the request; words by chance are the same for the same prompt and seed.</param>
    public static string To(string said, ServedModel model, SimulatorOptions options, int? seed)
    {
        if (model.Task == ModelTask.Wall)
            return FaultWall.Answer;
        said = said.Trim();
        return options.AnswerMode switch
        {
            Random => ByChance(said, seed ?? options.Seed),
            Echo when said.Length > 0 => said,
            _ => Quote(said)
        };
    }

    static string Quote(string said)
    {
        if (said.Length == 0)
            return "This is a simulated answer from ModelSimulator. You said nothing.";
        var end = QuotedLetters;
        if (said.Length > end && char.IsHighSurrogate(said[end - 1]))
            end--;
        return "This is a simulated answer from ModelSimulator. You said: " + (said.Length > end ? said[..end] + "…" : said);
    }

    /// <summary>Mostly some forty words, sometimes one or a hundred.</summary>
    static string ByChance(string said, int seed)
    {
        var random = new System.Random(said.Aggregate(seed, (hash, letter) => unchecked((hash * 31) + letter)));
        var words = Math.Clamp((int)(MeanWords * (random.NextDouble() + random.NextDouble() + random.NextDouble() + random.NextDouble() - 1)), 1, MostWords);
        var text = string.Join(' ', Enumerable.Range(0, words).Select(_ => Vocabulary[random.Next(Vocabulary.Length)]));
        return char.ToUpper(text[0], CultureInfo.InvariantCulture) + text[1..] + ".";
    }
}
