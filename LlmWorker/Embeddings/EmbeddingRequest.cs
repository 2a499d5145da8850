using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.LlmWorker.Chat;

namespace AiPlatform.LlmWorker.Embeddings;

/// <summary>The input of an embedding job, fit to be sent.</summary>
sealed class EmbeddingRequest
{
    EmbeddingRequest(JsonElement input, int count) => (Input, Count) = (input, count);

    public JsonElement Input { get; }

    /// <summary>How many embeddings it asks for.</summary>
    public int Count { get; }

    /// <param name="problem">A sentence that names the field; null where the input can be sent.</param>
    public static EmbeddingRequest? TryCreate(JsonElement? input, out string? problem)
    {
        if (input is not { ValueKind: JsonValueKind.Object } fields || ChatInput.Given(fields, "input") is not { } texts)
        {
            problem = "'input' must be an object with 'input', what is to be embedded.";
            return null;
        }
        var count = EmbeddingInputs.Count(texts, out var field, out var fault);
        problem = fault is not null ? $"'{field}' {fault}" : ProblemOfDimensions(fields);
        return problem is null ? new EmbeddingRequest(fields, count) : null;
    }

    static string? ProblemOfDimensions(JsonElement fields) =>
        ChatInput.Given(fields, "dimensions") is { } given && !(given.ValueKind == JsonValueKind.Number && given.TryGetInt32(out var dimensions) && dimensions > 0)
            ? "'dimensions' must be a whole number of at least 1."
            : null;
}
