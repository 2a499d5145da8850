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
    /// <summary>Answer header: the job behind the answer, also where that is an error.</summary>
    public const string JobIdHeader = "X-Job-Id";

    const string DefaultOwner = "chat";

    static readonly JsonElement Nothing = JsonElement.Parse("null");

    public static void MapChat(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/chat", AskAsync).WithTags("Chat").WithName("chat").WithSummary("Ask a model and wait for the answer")
            .WithDescription(
                "Fields beyond the ones named here go to the model server as they are. "
                + "The job of a caller who leaves is cancelled, unless the caller sent an Idempotency-Key.")
            .Produces<ChatResult>()
            .RefusesBodies().Refuses(Status409Conflict, Status502BadGateway, Status504GatewayTimeout);

    // The result is passed on as the worker stored it: it is ChatResult by agreement, and an external worker may say more.
    static async Task<Results<Ok<JsonElement>, ProblemResult>> AskAsync(
        Body<ChatCall> body, IdempotencyKey key, ChatDesk desk, HttpResponse response, CancellationToken cancellationToken)
    {
        var call = body.Value;
        var errors = new InputErrors();
        var input = ChatInput.From(call, errors);
        if (errors.Any)
            return Problems.Invalid(errors);

        var (completed, problem) = await desk.AskAsync(
            new NewJob
            {
                OwnerService = call.OwnerService ?? DefaultOwner,
                OwnerRef = call.OwnerRef,
                TaskType = ChatProfiles.TaskType,
                ModelProfile = call.Model ?? CreateJob.DefaultProfile,
                Priority = call.Priority ?? JobPriority.Normal,
                Input = input,
                IdempotencyKey = key.Value,
                Traceparent = NewJobs.Traceparent,
            },
            cancellationToken);
        if ((completed?.Id ?? problem?.Problem.JobId) is { } id)
            response.Headers[JobIdHeader] = id.ToString();
        return problem is not null ? problem : TypedResults.Ok(completed!.Result ?? Nothing);
    }
}
