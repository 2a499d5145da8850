using System.Text.Json;
using AiPlatform.Api.Chat;
using AiPlatform.Api.Errors;
using AiPlatform.Api.Requests;
using AiPlatform.Api.Status;
using AiPlatform.Api.Submission;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
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

    static async Task<IResult> EmbedAsync(
        Body<EmbeddingCall> body, CallQueueing queueing, ChatDesk desk, ClientRetries retries, LiveWorkers workers, HttpContext context)
    {
        var call = body.Value;
        var errors = new InputErrors();
        var input = EmbeddingInput.From(call, queueing.Take(call.Metadata, errors), errors);
        if (errors.Any)
            return Problems.Invalid(errors);
        var live = await workers.ListAsync(context.RequestAborted);
        if (ChatProfiles.IsUnknown(live, call.Model!, TaskType))
            return Problems.NoSuchModel(ChatProfiles.NotServed(call.Model!, ChatProfiles.Served(live, TaskType)));

        var job = new NewJob
        {
            OwnerService = queueing.OwnerService,
            OwnerRef = queueing.OwnerRef,
            TaskType = TaskType,
            ModelProfile = call.Model!,
            Priority = queueing.Priority,
            Input = input,
            Deadline = queueing.Deadline,
            IdempotencyKey = queueing.IdempotencyKey,
            Traceparent = NewJobs.Traceparent,
        };
        var earlier = await retries.EarlierAsync(context.Request, job, context.RequestAborted);
        var (completed, problem) = earlier is { } known
            ? await desk.AskAgainAsync(known, context.RequestAborted)
            : await desk.AskAsync(job, context.RequestAborted);
        AnswerHeaders.Set(context.Response, completed, problem);
        return problem is not null
            ? problem
            : TypedResults.Bytes(new EmbeddingAnswer(completed!, call.Model!, EmbeddingInput.IsBase64(call)).ToBytes(), "application/json");
    }
}
