using AiPlatform.Api.Access;
using System.Text.Json;
using AiPlatform.Api.Requests;
using AiPlatform.Contracts;
using static Microsoft.AspNetCore.Http.StatusCodes;

namespace AiPlatform.Api.OpenAi;

/// <summary>OpenAI's embeddings, through the queue, on the same path as chat completions.</summary>
static class EmbeddingEndpoints
{
    public const string TaskType = "embedding";

    public static void MapEmbeddings(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/embeddings", EmbedAsync).Needs(CallerRole.Submit).Within(RouteTimeouts.Chat).WithTags("OpenAI")
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
        var (problem, job) = await desk.ReadAsync(
            queueing, TaskType, call.Model!, call.Metadata, (metadata, errors) => EmbeddingInput.From(call, metadata, errors), context.RequestAborted);
        return problem is not null
            ? problem
            : await desk.AnswerAsync(
                context, job,
                completed => TypedResults.Bytes(new EmbeddingAnswer(completed, call.Model!, EmbeddingInput.IsBase64(call)).ToBytes(), "application/json"));
    }
}
