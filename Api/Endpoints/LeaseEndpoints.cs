using AiPlatform.Api.Access;
using System.Runtime.InteropServices;
using AiPlatform.Api.Errors;
using AiPlatform.Api.Requests;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using static Microsoft.AspNetCore.Http.StatusCodes;

namespace AiPlatform.Api.Endpoints;

/// <summary>What external workers call: claim, heartbeat, complete, fail.</summary>
static class LeaseEndpoints
{
    public static void MapLeases(this IEndpointRouteBuilder jobs)
    {
        jobs.MapPost("/claim", ClaimAsync).Needs(CallerRole.Work).Within(RouteTimeouts.WaitInBody).WithName("claim_jobs").WithSummary("Take pending jobs under a lease; with wait, as soon as there are any")
            .RefusesBodies();
        jobs.MapPost("/{id:guid}/heartbeat", HeartbeatAsync).Needs(CallerRole.Work).WithName("heartbeat").WithSummary("Renew the lease and report progress")
            .RefusesBodies().Refuses(Status404NotFound, Status409Conflict);
        jobs.MapPost("/{id:guid}/complete", CompleteAsync).Needs(CallerRole.Work)
            .WithName("complete_job").WithSummary("Store the result; repeated with the same lease token, it answers the same")
            .RefusesBodies().Refuses(Status404NotFound, Status409Conflict);
        jobs.MapPost("/{id:guid}/fail", FailAsync).Needs(CallerRole.Work)
            .WithName("fail_job").WithSummary("Report that the attempt failed; it is tried again while attempts remain")
            .RefusesBodies().Refuses(Status404NotFound, Status409Conflict);
    }

    static async Task<Results<Ok<ClaimedJobs>, ProblemResult>> ClaimAsync(
        Body<ClaimJobs> body, RequestCaller caller, JobQueue queue, IOptions<JobsOptions> options, IHostApplicationLifetime lifetime, CancellationToken cancellationToken)
    {
        var call = body.Value;
        if (call.Wait is not null && DurationField.Fault(call.Wait, TimeSpan.Zero, Limits.LongestWait) is { } fault)
            return Problems.Invalid("wait", fault);
        if (caller.Caller.TaskTypes is { } allowed && call.TaskTypes!.Except(allowed).FirstOrDefault() is { } foreign)
            return Problems.NotAllowed("task_types", foreign, caller.Caller, allowed);

        var wait = call.Wait is not null && Durations.TryParse(call.Wait, out var asked) ? asked : TimeSpan.Zero;
        var lease = call.LeaseSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : options.Value.ExternalLease;
        var request = new ClaimRequest(call.WorkerId!, call.TaskTypes!, call.ModelProfiles ?? [], call.Limit ?? 1, lease, wait);

        // A stopping process lets its waiting workers go at once; they ask again elsewhere.
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        try
        {
            var claimed = await queue.ClaimAsync(request, ended.Token);
            if (cancellationToken.IsCancellationRequested || !caller.IsStillIn)
            {
                // The worker hung up while it was handed these, and will never learn of them; or its time was over, or it is revoked, and it is not to.
                await queue.ReleaseAsync([.. claimed.Select(JobFence.Of)], CancellationToken.None);
                claimed = [];
            }
            return TypedResults.Ok(new ClaimedJobs(claimed));
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return TypedResults.Ok(new ClaimedJobs([]));
        }
    }

    static async Task<Results<Ok<HeartbeatAnswer>, ProblemResult>> HeartbeatAsync(
        Guid id, Body<Heartbeat> body, RequestCaller caller, JobQueue queue, JobEvents events, IOptions<JobsOptions> options, CancellationToken cancellationToken)
    {
        var call = body.Value;
        if (call.Progress is { } progress && JsonMarshal.GetRawUtf8Value(progress).Length > Limits.MostProgressBytes)
            return Problems.Invalid("progress", $"must have at most {Limits.MostProgressBytes} bytes (64 KiB).");
        if (!await IsOfAsync(caller.Caller, id, queue, cancellationToken))
            return Problems.NoSuchJob(id);

        var lease = call.LeaseSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : options.Value.ExternalLease;
        var outcome = (await queue.RenewAsync([new(new JobFence(id, call.LeaseToken!.Value), lease, call.Progress)], cancellationToken))[0];
        if (call.Progress is { } report && outcome.StartedAt is { } startedAt)
            // For who watches; dropped while Redis is away, and where the job is another's since.
            await events.AddAsync(id, startedAt, JobEventTypes.Progress, report, cancellationToken);
        return outcome.Result switch
        {
            RenewResult.Renewed => TypedResults.Ok(new HeartbeatAnswer(outcome.LeaseUntil, CancelRequested: false)),
            RenewResult.Cancelled => TypedResults.Ok(new HeartbeatAnswer(null, CancelRequested: true)),
            _ => await StaleAsync(id, queue, cancellationToken),
        };
    }

    static async Task<Results<Ok<RecordedOutcome>, ProblemResult>> CompleteAsync(
        Guid id, Body<CompleteJob> body, RequestCaller caller, JobQueue queue, CancellationToken cancellationToken)
    {
        if (!await IsOfAsync(caller.Caller, id, queue, cancellationToken))
            return Problems.NoSuchJob(id);
        var result = await queue.CompleteAsync(new JobFence(id, body.Value.LeaseToken!.Value), body.Value.Result!.Value, isLogged: true, cancellationToken);
        return await AnswerAsync(id, result, JobStatus.Completed, queue, cancellationToken);
    }

    static async Task<Results<Ok<RecordedOutcome>, ProblemResult>> FailAsync(
        Guid id, Body<FailJob> body, RequestCaller caller, JobQueue queue, CancellationToken cancellationToken)
    {
        var call = body.Value;
        if (!await IsOfAsync(caller.Caller, id, queue, cancellationToken))
            return Problems.NoSuchJob(id);
        var pause = call.RetryAfterSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : (TimeSpan?)null;
        var result = await queue.FailAsync(
            new JobFence(id, call.LeaseToken!.Value), new JobError(call.Category!, call.Message!),
            new FailOptions(call.Retry, pause, IsLogged: true), cancellationToken);
        return await AnswerAsync(id, result, JobStatus.Failed, queue, cancellationToken);
    }

    static async Task<Results<Ok<RecordedOutcome>, ProblemResult>> AnswerAsync(
        Guid id, RecordResult result, JobStatus recorded, JobQueue queue, CancellationToken cancellationToken) => result switch
        {
            RecordResult.Recorded => TypedResults.Ok(new RecordedOutcome(id, recorded)),
            RecordResult.Requeued => TypedResults.Ok(new RecordedOutcome(id, JobStatus.Pending)),
            _ => await StaleAsync(id, queue, cancellationToken),
        };

    /// <summary>A job of a task type that the caller may not claim is for it as if it were not there.</summary>
    static async Task<bool> IsOfAsync(Caller caller, Guid id, JobQueue queue, CancellationToken cancellationToken) => caller.TaskTypes is not { } allowed
        || (await queue.TaskTypeAsync(id, cancellationToken) is { } taskType && allowed.Contains(taskType));

    // The store does not tell a stale fence from a job that never was; the caller should be told.
    static async Task<ProblemResult> StaleAsync(Guid id, JobQueue queue, CancellationToken cancellationToken) =>
        await queue.GetAsync(JobScope.All, id, cancellationToken) is null ? Problems.NoSuchJob(id) : Problems.LeaseLost(id);
}
