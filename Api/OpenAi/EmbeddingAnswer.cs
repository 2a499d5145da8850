using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;
using AiPlatform.Contracts;

namespace AiPlatform.Api.OpenAi;

/// <summary>A completed embedding job as an OpenAI client reads it. Its result is <see cref="EmbeddingResult"/> by agreement; an external worker may leave
/// out what it does not know.</summary>
/// <param name="isBase64">Whether the caller wants base64 and not numbers.</param>
sealed class EmbeddingAnswer(JobView job, string askedModel, bool isBase64)
{
    readonly JsonElement _result = job.Result is { ValueKind: JsonValueKind.Object } result ? result : JsonElement.Parse("{}");

    public ReadOnlyMemory<byte> ToBytes()
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using var json = new Utf8JsonWriter(buffer, OpenAiJson.Writing);
        json.WriteStartObject();
        json.WriteString("object", "list");
        json.WriteStartArray("data");
        if (_result.Field("embeddings") is { ValueKind: JsonValueKind.Array } embeddings)
        {
            foreach (var (index, embedding) in embeddings.EnumerateArray().Index())
                WriteItem(json, index, embedding);
        }
        json.WriteEndArray();
        json.WriteString("model", _result.Text("model") ?? askedModel);
        json.WriteAsIs("usage", _result.Field("usage"));
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    void WriteItem(Utf8JsonWriter json, int index, JsonElement embedding)
    {
        json.WriteStartObject();
        json.WriteString("object", "embedding");
        json.WriteNumber("index", index);
        if (!isBase64 && embedding.ValueKind == JsonValueKind.String && embedding.TryGetBytesFromBase64(out var bytes))
            WriteNumbers(json, bytes);
        else
            json.WriteAsIs("embedding", embedding);
        json.WriteEndObject();
    }

    static void WriteNumbers(Utf8JsonWriter json, ReadOnlySpan<byte> bytes)
    {
        json.WriteStartArray("embedding");
        for (; bytes.Length >= sizeof(float); bytes = bytes[sizeof(float)..])
        {
            var number = BinaryPrimitives.ReadSingleLittleEndian(bytes);
            // JSON has no word for anything but a number.
            if (float.IsFinite(number))
                json.WriteNumberValue(number);
            else
                json.WriteNullValue();
        }
        json.WriteEndArray();
    }
}
