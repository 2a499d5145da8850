using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace AiPlatform.LlmWorker.Embeddings;

/// <summary>The input of an embedding job as the body of OpenAI's request.</summary>
static class EmbeddingBody
{
    /// <summary><c>model</c> and <c>encoding_format</c> are ours, all else goes on as it is.</summary>
    public static ReadOnlyMemory<byte> Write(JsonElement input, string model)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true });
        writer.WriteStartObject();
        writer.WriteString("model", model);
        foreach (var field in input.EnumerateObject().Where(field => field.Name is not ("model" or "encoding_format" or "stream" or "fallback")))
        {
            writer.WritePropertyName(field.Name);
            writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(field.Value), skipInputValidation: true);
        }
        // A quarter of what numbers would take. A server that does not know it sends numbers.
        writer.WriteString("encoding_format", "base64");
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }
}
