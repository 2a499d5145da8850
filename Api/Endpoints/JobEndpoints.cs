using AiPlatform.Api.Access;
using AiPlatform.Api.Errors;
using AiPlatform.Api.Requests;
using AiPlatform.Api.Submission;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using Microsoft.AspNetCore.Http.HttpResults;
using static Microsoft.AspNetCore.Http.StatusCodes;

namespace AiPlatform.Api.Endpoints;

/// <summary>Create, list and read jobs.</summary>
static class JobEndpoints
{
    public static void MapJobs(this IEndpointRouteBuilder jobs)
    {
        jobs.MapPost("", CreateAsync).Needs(CallerRole.Submit).WithName("create_job").WithSummary("Create one job")
            .WithDescription("Answers 201 for a new job, and 200 with the first job when the idempotency key, in the body or the header, is known.")
            .RefusesBodies().Refuses(Status409Conflict, Status429TooManyRequests);
        jobs.MapPost("/batch", CreateManyAsync).Needs(CallerRole.Submit).WithName("create_jobs").WithSummary("Create many jobs with shared defaults: all of them, or none")
            .RefusesBodies().Refuses(Status409Conflict, Status429TooManyRequests);
        jobs.MapGet("", ListAsync).Needs(CallerRole.Read).WithName("list_jobs").WithSummary("List jobs, newest first, without input and result");
        jobs.MapGet("/{id:guid}", GetAsync).Needs(CallerRole.Read).Within(RouteTimeouts.Wait).WithName("get_job").WithSummary("State and result of a job; with wait, once it is final")
            .Refuses(Status404NotFound);
    }

    static async Task<Results<Created<JobView>, Ok<JobView>, ProblemResult>> CreateAsync(
        Body<CreateJob> body, IdempotencyKey key, RequestCaller caller, NewJobs newJobs, Submissions submissions, JobQueue queue, CancellationToken cancellationToken)
    {
        var errors = new InputErrors();
        var job = newJobs.From(body.Value with { IdempotencyKey = key.With(body.Value.IdempotencyKey, errors) }, caller.Caller, path: "", errors);
        var (jobs, outcomes, problem) = await submissions.SubmitAsync(
            caller.Caller, [job], _ => "", _ => TranscriptionInputs.Whole, errors, cancellationToken);
        if (problem is not null)
            return problem;

        var outcome = outcomes[0];
        if (outcome.Result == SubmitResult.KeyConflict)
            return Problems.IdempotencyConflict();
        if (outcome.CreatedAt is { } createdAt)
            return TypedResults.Created($"/api/v1/jobs/{job.Id}", jobs[0].AsCreated(createdAt));
        return await queue.GetAsync(caller.Scope, outcome.Id, cancellationToken) is { } known ? TypedResults.Ok(known) : Problems.NoSuchJob(outcome.Id);
    }

    static async Task<Results<Created<CreatedJobs>, Ok<CreatedJobs>, ProblemResult>> CreateManyAsync(
        Body<CreateJobs> body, HttpRequest request, RequestCaller caller, NewJobs newJobs, Submissions submissions, CancellationToken cancellationToken)
    {
        var errors = new InputErrors();
        if (request.Headers.ContainsKey(IdempotencyKey.Header))
            errors.Add(IdempotencyKey.Header, "is for one job; give each job of a batch its own idempotency_key.");
        string InputPath(int place) => body.Value.Jobs![place].Input is null ? "defaults.input" : $"jobs[{place}].input";
        var (_, outcomes, problem) = await submissions.SubmitAsync(
            caller.Caller, newJobs.From(body.Value, caller.Caller, errors), place => $"jobs[{place}].", InputPath, errors, cancellationToken);
        if (problem is not null)
            return problem;

        var conflicts = outcomes.Index().Where(outcome => outcome.Item.Result == SubmitResult.KeyConflict).Select(outcome => outcome.Index).ToList();
        if (conflicts.Count > 0)
            return Problems.IdempotencyConflict(conflicts);

        var created = outcomes.Count(outcome => outcome.Result == SubmitResult.Created);
        var answer = new CreatedJobs([.. outcomes.Select(outcome => outcome.Id)], created);
        return created > 0 ? TypedResults.Created((string?)null, answer) : TypedResults.Ok(answer);
    }

    static async Task<Results<Ok<JobPage>, ProblemResult>> ListAsync(
        Query<JobListQuery> query, RequestCaller caller, JobQueue queue, CancellationToken cancellationToken)
    {
        var (filter, cursor, limit) = query.Value;
        if (filter.OwnerService is { } owner && SubmissionRules.OwnerRefusal(caller.Caller, owner, "owner_service") is { } foreign)
            return foreign;
        try
        {
            return TypedResults.Ok(await queue.ListAsync(caller.Scope, JobFilters.InUtc(filter), cursor, limit, cancellationToken));
        }
        catch (FormatException) when (cursor is not null)
        {
            return Problems.Invalid("cursor", "is not a cursor of this service; leave it out to begin with the first page.");
        }
    }

    static async Task<Results<Ok<JobView>, ProblemResult>> GetAsync(
        Guid id, Query<WaitQuery> query, RequestCaller caller, JobQueue queue, IHostApplicationLifetime lifetime, CancellationToken cancellationToken)
    {
        var job = query.Value.Wait > TimeSpan.Zero
            ? await WaitAsync(caller.Scope, id, query.Value.Wait, queue, lifetime.ApplicationStopping, cancellationToken)
            : await queue.GetAsync(caller.Scope, id, cancellationToken);
        return job is null ? Problems.NoSuchJob(id) : TypedResults.Ok(job);
    }

    static async Task<JobView?> WaitAsync(
        JobScope scope, Guid id, TimeSpan wait, JobQueue queue, CancellationToken stopping, CancellationToken cancellationToken)
    {
        // A stopping process answers its waiting callers at once instead of holding its own end up; they ask again elsewhere.
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stopping);
        try
        {
            return await queue.WaitAsync(scope, id, wait, ended.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return await queue.GetAsync(scope, id, cancellationToken);
        }
    }
}
