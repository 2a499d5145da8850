using AiPlatform.Api.Access;
using AiPlatform.Api.Chat;
using AiPlatform.Api.Errors;
using AiPlatform.Api.Requests;
using AiPlatform.Api.Status;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using Microsoft.AspNetCore.Http.HttpResults;
using static Microsoft.AspNetCore.Http.StatusCodes;

namespace AiPlatform.Api.Endpoints;

/// <summary>Chats for callers who do not wait: an id at once, and what became of it when they ask.</summary>
static class QueuedChatEndpoints
{
    public static void MapQueuedChats(this IEndpointRouteBuilder routes)
    {
        var chats = routes.MapGroup("/queue/jobs").WithTags("Queue");
        chats.MapPost("", CreateAsync).Needs(CallerRole.Submit)
            .WithName("queue_chat").WithSummary("Queue a chat; its id at once")
            .WithDescription("Answers 201 for a new job, and 200 with the first job when the Idempotency-Key is known.")
            .RefusesBodies().Refuses(Status409Conflict);
        chats.MapGet("/{id:guid}", GetAsync).Needs(CallerRole.Read)
            .WithName("get_queued_chat").WithSummary("Status, position and expected wait, result or error")
            .Refuses(Status404NotFound);
        chats.MapDelete("/{id:guid}", CancelAsync).Needs(CallerRole.Submit)
            .WithName("cancel_queued_chat").WithSummary("Call it off; nothing of it is started or recorded any more")
            .Refuses(Status404NotFound, Status409Conflict);
    }

    static async Task<Results<Created<QueuedChat>, Ok<QueuedChat>, ProblemResult>> CreateAsync(
        Body<ChatCall> body, IdempotencyKey key, RequestCaller caller, ChatDesk desk, JobQueue queue, ExpectedWait wait, CancellationToken cancellationToken)
    {
        if (ChatJobs.Read(body.Value, key, caller.Caller, out var job) is { } invalid)
            return invalid;
        var (outcome, problem) = await desk.SubmitAsync(job, caller.Caller, cancellationToken);
        if (problem is not null)
            return problem;
        if (outcome.CreatedAt is { } createdAt)
            return TypedResults.Created($"/queue/jobs/{job.Id}", QueuedChat.Of(job.AsCreated(createdAt)));
        return await ShowAsync(outcome.Id, caller.Scope, queue, wait, cancellationToken) is { } known ? TypedResults.Ok(known) : Problems.NoSuchJob(outcome.Id);
    }

    static async Task<Results<Ok<QueuedChat>, ProblemResult>> GetAsync(
        Guid id, RequestCaller caller, JobQueue queue, ExpectedWait wait, CancellationToken cancellationToken) =>
        await ShowAsync(id, caller.Scope, queue, wait, cancellationToken) is { } chat ? TypedResults.Ok(chat) : Problems.NoSuchJob(id);

    static async Task<Results<Ok<QueuedChat>, ProblemResult>> CancelAsync(Guid id, RequestCaller caller, JobQueue queue, CancellationToken cancellationToken)
    {
        var result = await queue.CancelAsync(caller.Scope, id, cancellationToken);
        if (await queue.GetAsync(caller.Scope, id, cancellationToken) is not { } job)
            return Problems.NoSuchJob(id);
        return result == ChangeResult.NotAllowed ? Problems.InvalidState(job, "cancelled", "pending or running") : TypedResults.Ok(QueuedChat.Of(job));
    }

    static async Task<QueuedChat?> ShowAsync(Guid id, JobScope scope, JobQueue queue, ExpectedWait wait, CancellationToken cancellationToken) =>
        await queue.GetAsync(scope, id, cancellationToken) is { } job ? QueuedChat.Of(job, await wait.SecondsAsync(job, cancellationToken)) : null;
}
