using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AiPlatform.LlmWorker.Embeddings;

/// <summary>What a server answered to a request for embeddings.</summary>
/// <param name="Embeddings">Base64 of little-endian floats, in the order of the inputs.</param>
sealed record EmbeddingAnswer(IReadOnlyList<string> Embeddings, int Dimensions, string? Model, JsonElement? Usage)
{
    /// <summary>As the server counted them; null where it did not.</summary>
    public long? InputTokens =>
        Usage is { ValueKind: JsonValueKind.Object } usage && usage.TryGetProperty("prompt_tokens", out var value)
        && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var count) ? count : null;

    /// <param name="count">How many were asked for.</param>
    /// <returns>Null where the list is not what was asked for.</returns>
    public static EmbeddingAnswer? Of(EmbeddingList? list, int count)
    {
        if (list?.Data is not { } data || data.Count != count)
        {
            return null;
        }
        var vectors = new byte[count][];
        foreach (var item in data)
        {
            if (item is null || item.Index < 0 || item.Index >= count || vectors[item.Index] is not null || Vector(item.Embedding) is not { } vector)
            {
                return null;
            }
            vectors[item.Index] = vector;
        }
        var size = vectors[0].Length;
        return size > 0 && vectors.All(vector => vector.Length == size)
            ? new EmbeddingAnswer([.. vectors.Select(vector => Convert.ToBase64String(vector))], size / sizeof(float), list.Model is "" ? null : list.Model, list.Usage)
            : null;
    }

    static byte[]? Vector(JsonElement embedding) => embedding.ValueKind switch
    {
        JsonValueKind.String => embedding.TryGetBytesFromBase64(out var bytes) && bytes.Length % sizeof(float) == 0 && IsFinite(bytes) ? bytes : null,
        JsonValueKind.Array => Packed(embedding),
        _ => null,
    };

    static byte[]? Packed(JsonElement numbers)
    {
        var bytes = new byte[numbers.GetArrayLength() * sizeof(float)];
        foreach (var (place, number) in numbers.EnumerateArray().Index())
        {
            if (number.ValueKind != JsonValueKind.Number || !number.TryGetSingle(out var value) || !float.IsFinite(value))
            {
                return null;
            }
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(place * sizeof(float)), value);
        }
        return bytes;
    }

    static bool IsFinite(ReadOnlySpan<byte> bytes)
    {
        foreach (var bits in MemoryMarshal.Cast<byte, int>(bytes))
        {
            if (!float.IsFinite(BitConverter.Int32BitsToSingle(BitConverter.IsLittleEndian ? bits : BinaryPrimitives.ReverseEndianness(bits))))
            {
                return false;
            }
        }
        return true;
    }
}

/// <summary>OpenAI's list of embeddings, as far as it is read.</summary>
sealed record EmbeddingList
{
    public string? Model { get; init; }
    public IReadOnlyList<EmbeddingItem>? Data { get; init; }
    public JsonElement? Usage { get; init; }

    /// <summary>Some servers report errors with status 200.</summary>
    public JsonElement? Error { get; init; }
}

sealed record EmbeddingItem
{
    public required int Index { get; init; }

    /// <summary>Numbers, or base64.</summary>
    public required JsonElement Embedding { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(EmbeddingList))]
sealed partial class EmbeddingJson : JsonSerializerContext;
