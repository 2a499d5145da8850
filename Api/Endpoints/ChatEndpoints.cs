using AiPlatform.Api.Access;
using System.Text.Json;
using AiPlatform.Api.Chat;
using AiPlatform.Api.Errors;
using AiPlatform.Api.Requests;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using Microsoft.AspNetCore.Http.HttpResults;
using static Microsoft.AspNetCore.Http.StatusCodes;

namespace AiPlatform.Api.Endpoints;

/// <summary>Chat for a caller who waits for the answer.</summary>
static class ChatEndpoints
{
    static readonly JsonElement Nothing = JsonElement.Parse("null");

    public static void MapChat(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/chat", AskAsync).Needs(CallerRole.Submit).Within(RouteTimeouts.Chat).WithTags("Chat").WithName("chat").WithSummary("Ask a model and wait for the answer")
            .WithDescription(
                "Fields beyond the ones named here go to the model server as they are. "
                + "The job of a caller who leaves is cancelled soon, unless the caller sent an Idempotency-Key.")
            .Produces<ChatResult>()
            .RefusesBodies().Refuses(Status409Conflict, Status502BadGateway, Status504GatewayTimeout);
        routes.MapPost("/complete", CompleteAsync).Needs(CallerRole.Submit).Within(RouteTimeouts.Chat).WithTags("Chat").WithName("complete").WithSummary("Ask a group of models and wait for the answer")
            .WithDescription(
                "As POST /chat, but model must name a model profile or group, such as quality or fast. Where none of a group's models can answer, it is 503.")
            .Produces<ChatResult>()
            .RefusesBodies().Refuses(Status409Conflict, Status502BadGateway, Status504GatewayTimeout);
        routes.MapPost("/chat/stream", StreamAsync).Needs(CallerRole.Submit).Within(RouteTimeouts.Chat).WithTags("Chat").WithName("stream_chat").WithSummary("Ask a model and read the answer as it comes")
            .WithDescription(
                "The events are those of GET /api/v1/jobs/{id}/events, which goes on after Last-Event-ID where this stream was cut; X-Job-Id names the job. "
                + "The last state has the result or the error. The job of a caller who leaves is cancelled soon, unless the caller sent an Idempotency-Key.")
            .Produces<JobEvent>(Status200OK, "text/event-stream")
            .RefusesBodies().Refuses(Status409Conflict);
    }

    // The result is passed on as the worker stored it: it is ChatResult by agreement, and an external worker may say more.
    static Task<Results<Ok<JsonElement>, ProblemResult>> AskAsync(
        Body<ChatCall> body, IdempotencyKey key, RequestCaller caller, ChatDesk desk, HttpResponse response, CancellationToken cancellationToken) =>
        AnswerAsync(ChatJobs.Read(body.Value, key, caller.Caller, out var job), job, caller.Caller, desk, response, cancellationToken);

    static Task<Results<Ok<JsonElement>, ProblemResult>> CompleteAsync(
        Body<ChatCall> body, IdempotencyKey key, RequestCaller caller, ChatDesk desk, HttpResponse response, CancellationToken cancellationToken) =>
        AnswerAsync(ChatJobs.Read(body.Value, key, caller.Caller, out var job, mustNameModel: true), job, caller.Caller, desk, response, cancellationToken);

    static async Task<Results<Ok<JsonElement>, ProblemResult>> AnswerAsync(
        ProblemResult? invalid, NewJob job, Caller caller, ChatDesk desk, HttpResponse response, CancellationToken cancellationToken)
    {
        if (invalid is not null)
            return invalid;
        var (completed, problem) = await desk.AskAsync(job, caller, cancellationToken);
        AnswerHeaders.Set(response, completed, problem);
        return problem is not null ? problem : TypedResults.Ok(completed!.Result ?? Nothing);
    }

    static async Task<IResult> StreamAsync(Body<ChatCall> body, IdempotencyKey key, ChatDesk desk, HttpContext context)
    {
        if (ChatJobs.Read(body.Value, key, RequestCaller.Of(context).Caller, out var job) is { } invalid)
            return invalid;
        // A proxy that buffers would hold tokens back until there are many.
        context.Response.Headers["X-Accel-Buffering"] = "no";
        return await desk.StreamAsync(job, context, (_, events) =>
        {
            AnswerHeaders.Set(context.Response, events.First);
            return TypedResults.ServerSentEvents(events.ReadAsync()).ExecuteAsync(context);
        });
    }
}
