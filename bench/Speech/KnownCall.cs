using System.Text.Json;
using System.Text.Json.Serialization;

namespace AiPlatform.Bench.Speech;

/// <summary>A recording whose words are known, with their times.</summary>
/// <param name="HasEcho">Each of two channels hears the other one, faintly but above the noise.</param>
/// <param name="Words">Of the whole call, in the order of its sentences.</param>
sealed record KnownCall(string Name, string Path, bool HasEcho, IReadOnlyList<KnownWord> Words)
{
    /// <summary>The calls of a folder as <c>synthesize.py</c> writes it: a <c>.wav</c> and a <c>.json</c> each.</summary>
    public static IReadOnlyList<KnownCall> In(string folder) =>
    [
        .. from path in Directory.EnumerateFiles(folder, "*.wav").Order(StringComparer.Ordinal)
           let words = JsonSerializer.Deserialize(File.ReadAllText(System.IO.Path.ChangeExtension(path, ".json")), KnownCallJson.Default.KnownWords)!
           select new KnownCall(System.IO.Path.GetFileNameWithoutExtension(path), path, words.Echo, words.Words),
    ];
}

sealed record KnownWords(bool Echo, IReadOnlyList<KnownWord> Words);

/// <param name="Start">Seconds of the recording, as is <paramref name="End"/>.</param>
/// <param name="Text">With its punctuation; two words where the synthesizer said them as one.</param>
/// <param name="Speaker">Where there are two channels, the channel too.</param>
sealed record KnownWord(double Start, double End, string Text, int Speaker, int Sentence);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(KnownWords))]
sealed partial class KnownCallJson : JsonSerializerContext;
