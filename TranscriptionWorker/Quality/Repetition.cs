using System.IO.Compression;
using AiPlatform.TranscriptionWorker.Segments;

namespace AiPlatform.TranscriptionWorker.Quality;

/// <summary>How much a text repeats itself, as models do that got lost. Each number is of the worst stretch, about as long as half a minute of speech:
/// a long text repeats a little of everything.</summary>
/// <param name="Compression">Length in characters to length when compressed; Whisper doubts a text above 2.4.</param>
/// <param name="Repeats">How often the same four words stand in a stretch.</param>
/// <param name="Variety">Different words to words, of the whole text; 1 for a text of at most 40 words.</param>
readonly record struct Repetition(double Compression, int Repeats, double Variety)
{
    const int StretchCharacters = 1000;
    const int StretchWords = 120;
    const int Gram = 4;
    const int LeastWords = 40;

    public static Repetition Of(string text)
    {
        var words = TextWords.Of(text);
        return new Repetition(
            text.Chunk(StretchCharacters).Max(Compressed),
            MostRepeats(words),
            words.Count > LeastWords ? (double)words.Select(word => word.Text).Distinct().Count() / words.Count : 1);
    }

    /// <summary>One byte for each character, or else a script of two or three bytes would count as repeating itself.</summary>
    static double Compressed(char[] stretch)
    {
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            zlib.Write(Array.ConvertAll(stretch, character => (byte)character));
        }
        return (double)stretch.Length / compressed.Length;
    }

    static int MostRepeats(List<TextWord> words)
    {
        var places = new Dictionary<(string, string, string, string), Queue<int>>();
        var most = 0;
        for (var i = 0; i + Gram <= words.Count; i++)
        {
            var gram = (words[i].Text, words[i + 1].Text, words[i + 2].Text, words[i + 3].Text);
            if (!places.TryGetValue(gram, out var seen))
            {
                places.Add(gram, seen = new Queue<int>());
            }
            seen.Enqueue(i);
            while (seen.Peek() <= i - StretchWords)
            {
                seen.Dequeue();
            }
            most = Math.Max(most, seen.Count);
        }
        return most;
    }
}
