using AiPlatform.Api.Access;
using System.Text.Json;
using AiPlatform.Api.Chat;
using AiPlatform.Api.Endpoints;
using AiPlatform.Api.Requests;
using AiPlatform.Contracts;
using static Microsoft.AspNetCore.Http.StatusCodes;

namespace AiPlatform.Api.OpenAi;

/// <summary>OpenAI's chat completions, through the queue: clients made for OpenAI work with another base address.</summary>
static class CompletionEndpoints
{
    public static void MapCompletions(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/chat/completions", CompleteAsync).Needs(CallerRole.Submit).Within(RouteTimeouts.Chat).WithTags("OpenAI")
            .WithName("create_chat_completion").WithSummary("OpenAI's chat completions, in one piece or as a stream")
            .WithDescription(
                "model is a model profile. Fields beyond the ones named here go to the model server as they are. X-Job-Id names the job behind the answer. "
                + "The job of a caller who leaves is cancelled soon, unless the caller sent an Idempotency-Key.")
            .Produces<JsonElement>()
            .RefusesAsOpenAi(
                Status400BadRequest, Status401Unauthorized, Status404NotFound, Status409Conflict, Status413PayloadTooLarge,
                Status415UnsupportedMediaType, Status422UnprocessableEntity, Status502BadGateway, Status503ServiceUnavailable, Status504GatewayTimeout);

    static async Task<IResult> CompleteAsync(Body<CompletionCall> body, CallQueueing queueing, CallDesk desk, HttpContext context)
    {
        var call = body.Value;
        var (problem, job) = await desk.ReadAsync(
            queueing, ChatProfiles.TaskType, call.Model!, call.Metadata, (metadata, errors) => CompletionInput.From(call, metadata, errors), context.RequestAborted);
        if (problem is not null)
            return problem;
        return call.Stream == true
            ? await desk.StreamAsync(context, job, (id, events) => StreamAsync(id, call, events, context))
            : await desk.AnswerAsync(context, job, completed => TypedResults.Bytes(new CompletionResult(completed, call.Model!).ToBytes(), "application/json"));
    }

    static async Task<bool> StreamAsync(Guid id, CompletionCall call, EventStream events, HttpContext context)
    {
        using var chunks = new ChunkWriter(context, id, call.StreamOptions?.IncludeUsage == true);
        return await new AnswerStream(new CompletionWriter(chunks, call.Model!), context, id).WriteAsync(events);
    }
}
