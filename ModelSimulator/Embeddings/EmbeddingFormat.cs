using System.Runtime.InteropServices;
using System.Text.Json;
using AiPlatform.ModelSimulator.Answers;

namespace AiPlatform.ModelSimulator.Embeddings;

/// <summary>vLLM's list of embeddings, as numbers or as the little-endian floats in base64.</summary>
sealed class EmbeddingFormat(EmbeddingRequest request, string id, long created) : IAnswerFormat
{
    public void WriteWhole(Utf8JsonWriter json, IReadOnlyList<Choice> choices)
    {
        json.WriteStartObject();
        json.WriteString("id", "embd-" + id);
        json.WriteString("object", "list");
        json.WriteNumber("created", created);
        json.WriteString("model", request.ModelName);
        json.WriteStartArray("data");
        for (var index = 0; index < request.Inputs.Count; index++)
        {
            json.WriteStartObject();
            json.WriteNumber("index", index);
            json.WriteString("object", "embedding");
            WriteVector(json, EmbeddingVector.Of(request.Inputs[index], request.Dimensions));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", request.PromptTokens);
        json.WriteNumber("total_tokens", request.PromptTokens);
        json.WriteNumber("completion_tokens", 0);
        json.WriteNull("prompt_tokens_details");
        json.WriteEndObject();
        json.WriteEndObject();
    }

    void WriteVector(Utf8JsonWriter json, float[] vector)
    {
        if (request.Base64)
        {
            json.WriteBase64String("embedding", MemoryMarshal.AsBytes(vector.AsSpan()));
            return;
        }

        json.WriteStartArray("embedding");
        foreach (var value in vector)
            json.WriteNumberValue(value);
        json.WriteEndArray();
    }
}
