using System.Text.Json;
using AiPlatform.Api.Chat;
using AiPlatform.Api.Requests;
using AiPlatform.Contracts;

namespace AiPlatform.Api.OpenAi.Batches;

/// <summary>A route whose calls a batch may hold.</summary>
/// <param name="Path">What <c>endpoint</c> and each line's <c>url</c> say.</param>
/// <param name="TaskType">Of the jobs.</param>
/// <param name="Read">Makes the model profile and the input of a job of a call's body; of no use when an error was noted.</param>
/// <param name="Answer">What the route answers a completed job with, given the model that was asked for.</param>
sealed record BatchTarget(
    string Path, string TaskType, Func<JsonElement, InputErrors, (string Model, JsonElement Input)> Read, Func<JobView, string, ReadOnlyMemory<byte>> Answer);

static class BatchTargets
{
    public static readonly IReadOnlyList<BatchTarget> All =
    [
        new("/v1/chat/completions", ChatProfiles.TaskType, ReadChat, static (job, model) => new CompletionResult(job, model).ToBytes()),
        new("/v1/embeddings", EmbeddingEndpoints.TaskType, ReadEmbedding, static (job, model) => new EmbeddingAnswer(job, model, isBase64: false).ToBytes()),
    ];

    public static BatchTarget? Find(string? path) => All.FirstOrDefault(target => target.Path == path);

    static (string Model, JsonElement Input) ReadChat(JsonElement body, InputErrors errors)
    {
        if (JsonShape.Read<CompletionCall>(body, errors) is not { } call)
            return ("", default);
        if (call.Stream == true)
            errors.Add("stream", "must not be true: a batch answers in one piece.");
        return (call.Model!, CompletionInput.From(call, ServersMetadata(call.Metadata, errors), errors));
    }

    static (string Model, JsonElement Input) ReadEmbedding(JsonElement body, InputErrors errors)
    {
        if (JsonShape.Read<EmbeddingCall>(body, errors) is not { } call)
            return ("", default);
        // What a job keeps does not say in which form its caller wants the numbers.
        if (EmbeddingInput.IsBase64(call))
            errors.Add("encoding_format", "must not be base64 in a batch: its answers have numbers.");
        return (call.Model!, EmbeddingInput.From(call, ServersMetadata(call.Metadata, errors), errors));
    }

    /// <summary>The batch says how its jobs are queued: what a line says of that has no effect, and does not go to the model server.</summary>
    static JsonElement? ServersMetadata(JsonElement? metadata, InputErrors errors) => CallQueueing.Others(metadata, errors);
}
