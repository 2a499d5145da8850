using System.Text.Json;
using AiPlatform.ModelSimulator.Http;
using AiPlatform.ModelSimulator.Personalities;
using AiPlatform.ModelSimulator.Tokens;
using Microsoft.Extensions.Options;

namespace AiPlatform.ModelSimulator.Embeddings;

/// <summary>Reads an embedding request as vLLM does for a model that takes <c>dimensions</c>.</summary>
sealed class EmbeddingRequestReader(ServedModels models, IOptions<SimulatorOptions> options)
{
    const int MaxInputs = 2048;

    public (EmbeddingRequest? Request, ApiError? Error) Read(JsonElement root, Personality personality)
    {
        if (root.ValueKind != JsonValueKind.Object)
            return (null, ApiError.BadRequest("Input should be a valid dictionary or object to extract fields from"));
        var fields = new FieldReader(root);
        var name = fields.Text("model");
        if (fields.Error is { } unreadable)
            return (null, unreadable);
        if (models.Find(personality, name, ModelTask.Embedding, out var model, out var fault) is { } unknown)
            return (null, unknown);

        var inputs = TextInputs.Read(fields, "input", MaxInputs);
        var tokens = inputs.Select(input => input.Tokens).ToList();
        if (tokens.FirstOrDefault(count => count > options.Value.MaxModelLen) is > 0 and var most)
        {
            fields.Fail(
                $"This model's maximum context length is {options.Value.MaxModelLen} tokens. However, you requested {most} tokens in the input for "
                + "embedding generation. Please reduce the length of the input.",
                "input");
        }

        var base64 = Base64(fields);
        var dimensions = fields.Whole("dimensions", 1) ?? options.Value.EmbeddingDimensions;
        if (dimensions > options.Value.EmbeddingDimensions)
            fields.Fail($"dimensions must be at most {options.Value.EmbeddingDimensions}, got {dimensions}.", "dimensions");
        return fields.Error is { } error
            ? (null, error)
            : (new(name ?? model.Name, model, fault, [.. inputs.Select(input => input.Text)], tokens.Sum(), dimensions, base64), null);
    }

    static bool Base64(FieldReader fields)
    {
        var format = fields.Text("encoding_format");
        if (format is not (null or "float" or "base64"))
            fields.Fail("Input should be 'float' or 'base64'", "encoding_format");
        return format == "base64";
    }
}
