using System.Text.Json;
using AiPlatform.Api.Errors;
using AiPlatform.Api.Requests;
using AiPlatform.Contracts;
using static Microsoft.AspNetCore.Http.StatusCodes;

namespace AiPlatform.Api.OpenAi;

/// <summary>OpenAI's embeddings, through the queue, on the same path as chat completions.</summary>
static class EmbeddingEndpoints
{
    public const string TaskType = "embedding";

    public static void MapEmbeddings(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/embeddings", EmbedAsync).WithTags("OpenAI")
            .WithName("create_embeddings").WithSummary("OpenAI's embeddings of texts or token ids")
            .WithDescription(
                "model is a model profile, whose group has a model that embeds. Fields beyond the ones named here go to the model server as they are. "
                + "X-Job-Id names the job behind the answer.")
            .Produces<JsonElement>()
            .RefusesAsOpenAi(
                Status400BadRequest, Status401Unauthorized, Status404NotFound, Status409Conflict, Status413PayloadTooLarge,
                Status415UnsupportedMediaType, Status422UnprocessableEntity, Status502BadGateway, Status503ServiceUnavailable, Status504GatewayTimeout);

    static async Task<IResult> EmbedAsync(Body<EmbeddingCall> body, CallQueueing queueing, CallDesk desk, HttpContext context)
    {
        var call = body.Value;
        var errors = new InputErrors();
        var input = EmbeddingInput.From(call, queueing.Take(call.Metadata, errors), errors);
        if (errors.Any)
            return Problems.Invalid(errors);
        if (await desk.NoSuchModelAsync(TaskType, call.Model!, context.RequestAborted) is { } unknown)
            return unknown;
        return await desk.AnswerAsync(
            context, CallDesk.Job(queueing, TaskType, call.Model!, input),
            completed => TypedResults.Bytes(new EmbeddingAnswer(completed, call.Model!, EmbeddingInput.IsBase64(call)).ToBytes(), "application/json"));
    }
}
