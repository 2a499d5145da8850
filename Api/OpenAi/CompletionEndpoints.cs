using System.Text.Json;
using AiPlatform.Api.Chat;
using AiPlatform.Api.Endpoints;
using AiPlatform.Api.Errors;
using AiPlatform.Api.Requests;
using AiPlatform.Api.Status;
using AiPlatform.Api.Submission;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using static Microsoft.AspNetCore.Http.StatusCodes;

namespace AiPlatform.Api.OpenAi;

/// <summary>OpenAI's chat completions, through the queue: clients made for OpenAI work with another base address.</summary>
static class CompletionEndpoints
{
    public static void MapCompletions(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/chat/completions", CompleteAsync).WithTags("OpenAI")
            .WithName("create_chat_completion").WithSummary("OpenAI's chat completions, in one piece or as a stream")
            .WithDescription(
                "model is a model profile. Fields beyond the ones named here go to the model server as they are. X-Job-Id names the job behind the answer. "
                + "The job of a caller who leaves is cancelled soon, unless the caller sent an Idempotency-Key.")
            .Produces<JsonElement>()
            .RefusesAsOpenAi(
                Status400BadRequest, Status401Unauthorized, Status404NotFound, Status409Conflict, Status413PayloadTooLarge,
                Status415UnsupportedMediaType, Status422UnprocessableEntity, Status502BadGateway, Status503ServiceUnavailable, Status504GatewayTimeout);

    static async Task<IResult> CompleteAsync(
        Body<CompletionCall> body, CallQueueing queueing, ChatDesk desk, ClientRetries retries, LiveWorkers workers, HttpContext context)
    {
        var call = body.Value;
        var errors = new InputErrors();
        var input = CompletionInput.From(call, queueing.Take(call.Metadata, errors), errors);
        if (errors.Any)
            return Problems.Invalid(errors);
        var live = await workers.ListAsync(context.RequestAborted);
        if (ChatProfiles.IsUnknown(live, call.Model!))
            return Problems.NoSuchModel(ChatProfiles.NotServed(call.Model!, ChatProfiles.Served(live)));

        var job = new NewJob
        {
            OwnerService = queueing.OwnerService,
            OwnerRef = queueing.OwnerRef,
            TaskType = ChatProfiles.TaskType,
            ModelProfile = call.Model!,
            Priority = queueing.Priority,
            Input = input,
            Deadline = queueing.Deadline,
            IdempotencyKey = queueing.IdempotencyKey,
            Traceparent = NewJobs.Traceparent,
        };
        var earlier = await retries.EarlierAsync(context.Request, job, context.RequestAborted);
        if (call.Stream == true)
        {
            Task WriteAsync(Guid id, EventStream events) => StreamAsync(id, call, events, context);
            return earlier is { } followed ? await desk.StreamAgainAsync(followed, context, WriteAsync) : await desk.StreamAsync(job, context, WriteAsync);
        }
        return Whole(
            earlier is { } known ? await desk.AskAgainAsync(known, context.RequestAborted) : await desk.AskAsync(job, context.RequestAborted),
            call, context.Response);
    }

    static async Task StreamAsync(Guid id, CompletionCall call, EventStream events, HttpContext context)
    {
        using var chunks = new ChunkWriter(context, id, call.StreamOptions?.IncludeUsage == true);
        await new CompletionStream(chunks, context, id, call.Model!).WriteAsync(events);
    }

    static IResult Whole((JobView? Completed, ProblemResult? Problem) answer, CompletionCall call, HttpResponse response)
    {
        var (completed, problem) = answer;
        AnswerHeaders.Set(response, completed, problem);
        return problem is not null ? problem : TypedResults.Bytes(new CompletionResult(completed!, call.Model!).ToBytes(), "application/json");
    }
}
