using System.Text.Json;
using AiPlatform.Api.Access;
using AiPlatform.Api.Chat;
using AiPlatform.Api.Endpoints;
using AiPlatform.Api.Errors;
using AiPlatform.Api.Requests;
using AiPlatform.Api.Status;
using AiPlatform.Contracts;
using AiPlatform.Jobs;

namespace AiPlatform.Api.OpenAi;

/// <summary>Runs a call of OpenAI's form as a job, for a caller who waits. A call that a client has made before waits for the job that it made then.</summary>
sealed class CallDesk(ChatDesk desk, ClientRetries retries, LiveWorkers workers)
{
    /// <summary>Makes the job of a call's body.</summary>
    /// <param name="read">Makes its input of what of the metadata is the model server's, and notes what is wrong.</param>
    /// <returns>Why the call may not be made: it is wrong, or workers of the task are alive and none of them serves the model. Null where it may.</returns>
    public async Task<(ProblemResult? Problem, NewJob Job)> ReadAsync(
        CallQueueing queueing, string taskType, string model, JsonElement? metadata, Func<JsonElement?, InputErrors, JsonElement> read,
        CancellationToken cancellationToken)
    {
        var errors = new InputErrors();
        var input = read(queueing.Take(metadata, errors), errors);
        var problem = errors.Any ? Problems.Invalid(errors) : await NoSuchModelAsync(taskType, model, cancellationToken);
        return (problem, Job(queueing, taskType, model, input));
    }

    /// <returns>The answer where workers of the task are alive and none of them serves the model; null where the call may be made.</returns>
    public async Task<ProblemResult?> NoSuchModelAsync(string taskType, string model, CancellationToken cancellationToken)
    {
        var live = await workers.ListAsync(cancellationToken);
        return ChatProfiles.IsUnknown(live, model, taskType) ? Problems.NoSuchModel(ChatProfiles.NotServed(model, ChatProfiles.Served(live, taskType))) : null;
    }

    public static NewJob Job(CallQueueing queueing, string taskType, string model, JsonElement input) => new()
    {
        TenantId = queueing.Caller.Tenant,
        OwnerService = queueing.OwnerService,
        OwnerRef = queueing.OwnerRef,
        TaskType = taskType,
        ModelProfile = model,
        Priority = queueing.Priority,
        Input = input,
        Deadline = queueing.Deadline,
        IdempotencyKey = queueing.IdempotencyKey,
    };

    /// <param name="answer">What a completed job is answered with.</param>
    public async Task<IResult> AnswerAsync(HttpContext context, NewJob job, Func<JobView, IResult> answer)
    {
        var (aborted, caller) = (context.RequestAborted, RequestCaller.Of(context).Caller);
        var call = await retries.BeginAsync(context.Request, job, aborted);
        var isAnswered = false;
        try
        {
            var (completed, problem) = call.Earlier is { } known ? await desk.AskAgainAsync(caller.Scope, known, job.TaskType, aborted) : await desk.AskAsync(job, caller, aborted);
            AnswerHeaders.Set(context.Response, completed, problem);
            var result = problem is not null ? problem : answer(completed!);
            // Whoever is no longer let in is not told it (StillLetIn), and may ask again with another token.
            isAnswered = RequestCaller.Of(context).IsStillIn && (problem is null || !OpenAiErrors.IsAskedAgainAfter(problem));
            return result;
        }
        finally
        {
            await EndAsync(context, call, isAnswered, isWritten: false);
        }
    }

    /// <param name="write">Writes what the job says, to its end; answers whether the caller has all of it.</param>
    public async Task<IResult> StreamAsync(HttpContext context, NewJob job, Func<Guid, EventStream, Task<bool>> write)
    {
        var call = await retries.BeginAsync(context.Request, job, context.RequestAborted);
        var (isAnswered, isWritten) = (false, false);
        try
        {
            var result = call.Earlier is { } known ? await desk.StreamAgainAsync(known, context, WriteAsync) : await desk.StreamAsync(job, context, WriteAsync);
            isAnswered |= result is ProblemResult problem && !OpenAiErrors.IsAskedAgainAfter(problem);
            return result;
        }
        finally
        {
            await EndAsync(context, call, isAnswered, isWritten);
        }

        async Task WriteAsync(Guid id, EventStream events) => isWritten = isAnswered = await write(id, events);
    }

    /// <summary>An answer counts once it is written while its caller is there, and its note holds nothing up. That there is none is noted before the caller can
    /// ask again.</summary>
    /// <param name="isWritten">The caller has all of it already, and may leave.</param>
    static async Task EndAsync(HttpContext context, RetriedCall call, bool isAnswered, bool isWritten)
    {
        var aborted = context.RequestAborted;
        if (isAnswered)
            context.Response.OnCompleted(() => call.EndAsync(isWritten || !aborted.IsCancellationRequested));
        else
            await call.EndAsync(false);
    }
}
