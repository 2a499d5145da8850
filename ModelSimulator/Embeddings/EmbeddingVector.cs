using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace AiPlatform.ModelSimulator.Embeddings;

/// <summary>
/// A made up vector of length 1: the sum of one fixed vector for each word, so that the same text always has the same vector
/// and texts that share words are near each other. Fewer dimensions are the first ones of more, made length 1 again.
/// </summary>
static class EmbeddingVector
{
    public static float[] Of(string text, int dimensions)
    {
        var vector = new float[dimensions];
        var words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        foreach (var word in words.Length == 0 ? [""] : words)
            Add(vector, word);
        var length = MathF.Sqrt(vector.Sum(value => value * value));
        if (length > 0)
        {
            for (var index = 0; index < vector.Length; index++)
                vector[index] /= length;
        }

        return vector;
    }

    static void Add(float[] vector, string word)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(word), hash);
        var state = BinaryPrimitives.ReadUInt64LittleEndian(hash);
        for (var index = 0; index < vector.Length; index++)
            vector[index] += (float)((Next(ref state) >> 40) / (double)(1 << 24)) - 0.5f;
    }

    /// <summary>SplitMix64: the same on every machine and every runtime, which Random does not promise.</summary>
    static ulong Next(ref ulong state)
    {
        var mixed = state += 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }
}
