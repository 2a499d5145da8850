using System.Text.Json;
using AiPlatform.Api.Chat;
using AiPlatform.Api.Errors;
using AiPlatform.Api.Requests;
using AiPlatform.Api.Submission;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using Microsoft.AspNetCore.Http.HttpResults;
using static Microsoft.AspNetCore.Http.StatusCodes;

namespace AiPlatform.Api.Endpoints;

/// <summary>Chat for a caller who waits for the answer.</summary>
static class ChatEndpoints
{
    const string DefaultOwner = "chat";

    static readonly JsonElement Nothing = JsonElement.Parse("null");

    public static void MapChat(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/chat", AskAsync).WithTags("Chat").WithName("chat").WithSummary("Ask a model and wait for the answer")
            .WithDescription(
                "Fields beyond the ones named here go to the model server as they are. "
                + "The job of a caller who leaves is cancelled soon, unless the caller sent an Idempotency-Key.")
            .Produces<ChatResult>()
            .RefusesBodies().Refuses(Status409Conflict, Status502BadGateway, Status504GatewayTimeout);
        routes.MapPost("/chat/stream", StreamAsync).WithTags("Chat").WithName("stream_chat").WithSummary("Ask a model and read the answer as it comes")
            .WithDescription(
                "The events are those of GET /api/v1/jobs/{id}/events, which goes on after Last-Event-ID where this stream was cut; X-Job-Id names the job. "
                + "The last state has the result or the error. The job of a caller who leaves is cancelled soon, unless the caller sent an Idempotency-Key.")
            .Produces<JobEvent>(Status200OK, "text/event-stream")
            .RefusesBodies().Refuses(Status409Conflict);
    }

    // The result is passed on as the worker stored it: it is ChatResult by agreement, and an external worker may say more.
    static async Task<Results<Ok<JsonElement>, ProblemResult>> AskAsync(
        Body<ChatCall> body, IdempotencyKey key, ChatDesk desk, HttpResponse response, CancellationToken cancellationToken)
    {
        if (Read(body.Value, key, out var job) is { } invalid)
            return invalid;
        var (completed, problem) = await desk.AskAsync(job, cancellationToken);
        if ((completed?.Id ?? problem?.Problem.JobId) is { } id)
            response.Headers[ChatDesk.JobIdHeader] = id.ToString();
        return problem is not null ? problem : TypedResults.Ok(completed!.Result ?? Nothing);
    }

    static async Task<IResult> StreamAsync(Body<ChatCall> body, IdempotencyKey key, ChatDesk desk, HttpContext context)
    {
        if (Read(body.Value, key, out var job) is { } invalid)
            return invalid;
        // A proxy that buffers would hold tokens back until there are many.
        context.Response.Headers["X-Accel-Buffering"] = "no";
        return await desk.StreamAsync(job, context, (_, events) => TypedResults.ServerSentEvents(events.ReadAsync()).ExecuteAsync(context));
    }

    static ProblemResult? Read(ChatCall call, IdempotencyKey key, out NewJob job)
    {
        var errors = new InputErrors();
        job = new NewJob
        {
            OwnerService = call.OwnerService ?? DefaultOwner,
            OwnerRef = call.OwnerRef,
            TaskType = ChatProfiles.TaskType,
            ModelProfile = call.Model ?? CreateJob.DefaultProfile,
            Priority = call.Priority ?? JobPriority.Normal,
            Input = ChatInput.From(call, errors),
            IdempotencyKey = key.Value,
            Traceparent = NewJobs.Traceparent,
        };
        return errors.Any ? Problems.Invalid(errors) : null;
    }
}
