using System.Text.Json;
using System.Text.Json.Nodes;
using AiPlatform.Api.Access;
using AiPlatform.Api.Errors;
using AiPlatform.Api.Requests;
using AiPlatform.Api.Submission;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using Microsoft.AspNetCore.Http.HttpResults;
using static Microsoft.AspNetCore.Http.StatusCodes;

namespace AiPlatform.Api.Endpoints;

/// <summary>Retry and cancel, one job or all that a filter names.</summary>
static class JobChangeEndpoints
{
    public static void MapJobChanges(this IEndpointRouteBuilder jobs)
    {
        jobs.MapPost("/{id:guid}/retry", RetryAsync).Needs(CallerRole.Submit)
            .WithName("retry_job").WithSummary("Make a failed or running job pending again, with all its attempts")
            .Refuses(Status404NotFound, Status409Conflict);
        jobs.MapPost("/{id:guid}/cancel", CancelAsync).Needs(CallerRole.Submit).WithName("cancel_job").WithSummary("Call off a pending or running job")
            .Refuses(Status404NotFound, Status409Conflict);
        jobs.MapPost("/retry", RetryManyAsync).Needs(CallerRole.Submit).Within(RouteTimeouts.Bulk)
            .WithName("retry_jobs").WithSummary("Retry all jobs of a filter; failed ones unless its status says running")
            .RefusesBodies();
        jobs.MapPost("/cancel", CancelManyAsync).Needs(CallerRole.Submit).Within(RouteTimeouts.Bulk).WithName("cancel_jobs").WithSummary("Cancel all pending and running jobs of a filter")
            .RefusesBodies();
    }

    static async Task<Results<Ok<JobView>, ProblemResult>> RetryAsync(
        Guid id, RequestCaller caller, JobQueue queue, SubmissionRules rules, CancellationToken cancellationToken)
    {
        if (caller.Caller is { MostWaiting: not null } or { TaskTypes: not null } && await queue.GetAsync(caller.Scope, id, cancellationToken) is { } job
            && await rules.RetryRefusalAsync(caller.Caller, job, cancellationToken) is { } refusal)
        {
            return refusal;
        }
        return await AnswerAsync(id, await queue.RetryAsync(caller.Scope, id, cancellationToken), "retried", "failed or running", caller.Scope, queue, cancellationToken);
    }

    static async Task<Results<Ok<JobView>, ProblemResult>> CancelAsync(Guid id, RequestCaller caller, JobQueue queue, CancellationToken cancellationToken) =>
        await AnswerAsync(id, await queue.CancelAsync(caller.Scope, id, cancellationToken), "cancelled", "pending or running", caller.Scope, queue, cancellationToken);

    static async Task<Results<Ok<BulkAnswer>, ProblemResult>> RetryManyAsync(
        Body<JobFilter> body, RequestCaller caller, JobQueue queue, SubmissionRules rules, CancellationToken cancellationToken)
    {
        if (Refusal(body.Value, caller.Caller, JobStatus.Failed, JobStatus.Running) is { } refusal)
            return refusal;
        var filter = JobFilters.InUtc(body.Value) with { Status = body.Value.Status ?? JobStatus.Failed };
        var (retried, problem) = await NotedAsync(
            caller.Caller, "jobs.retry", filter, queue, rules.RetryAsync(caller.Caller, filter, cancellationToken), answer => answer.Retried);
        return problem is null ? TypedResults.Ok(new BulkAnswer(retried)) : problem;
    }

    static async Task<Results<Ok<BulkAnswer>, ProblemResult>> CancelManyAsync(
        Body<JobFilter> body, RequestCaller caller, JobQueue queue, CancellationToken cancellationToken)
    {
        if (Refusal(body.Value, caller.Caller, JobStatus.Pending, JobStatus.Running) is { } refusal)
            return refusal;
        var filter = JobFilters.InUtc(body.Value);
        return TypedResults.Ok(new BulkAnswer(
            await NotedAsync(caller.Caller, "jobs.cancel", filter, queue, queue.CancelAsync(caller.Scope, filter, cancellationToken), count => count)));
    }

    /// <summary>For the audit, of callers of the platform, whose filters reach the jobs of all. What was broken off is noted too, without how many jobs it was.</summary>
    static async Task<T> NotedAsync<T>(Caller caller, string action, JobFilter filter, JobQueue queue, Task<T> change, Func<T, int> jobs)
    {
        var detail = new JsonObject(JsonSerializer.SerializeToNode(filter, ContractsJson.Default.JobFilter)!.AsObject()
            .Where(condition => condition.Value is not null).Select(condition => KeyValuePair.Create(condition.Key, condition.Value?.DeepClone())));
        try
        {
            var done = await change;
            detail["jobs"] = jobs(done);
            return done;
        }
        finally
        {
            if (caller.OwnerServices is null)
                await queue.NoteAsync(caller.Name, action, filter.OwnerService ?? QueueScope.Every, detail.ToJsonString(), CancellationToken.None);
        }
    }

    static async Task<Results<Ok<JobView>, ProblemResult>> AnswerAsync(
        Guid id, ChangeResult result, string change, string allowed, JobScope scope, JobQueue queue, CancellationToken cancellationToken)
    {
        if (await queue.GetAsync(scope, id, cancellationToken) is not { } job)
            return Problems.NoSuchJob(id);
        return result == ChangeResult.NotAllowed ? Problems.InvalidState(job, change, allowed) : TypedResults.Ok(job);
    }

    // An empty filter names every job there is: a slip of the pen would empty the queue.
    static ProblemResult? Refusal(JobFilter filter, Caller caller, params ReadOnlySpan<JobStatus> allowed)
    {
        if (filter.IsEmpty())
            return Problems.Invalid(InputErrors.Body, $"must name at least one condition; {Shown.Allowed(JsonShape.Of(typeof(JobFilter)).Names)}");
        if (filter.OwnerService is { } owner && SubmissionRules.OwnerRefusal(caller, owner, "owner_service") is { } foreign)
            return foreign;
        return filter.Status is { } status && !allowed.Contains(status)
            ? Problems.Invalid("status", $"'{Wire.Word(status)}' is not allowed; {Shown.Allowed([Wire.Word(allowed[0]), Wire.Word(allowed[1])])}")
            : null;
    }
}
