using AiPlatform.Api.Access;
using AiPlatform.Api.Endpoints;
using AiPlatform.Api.Errors;
using AiPlatform.Api.Status;
using AiPlatform.Api.Submission;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using Microsoft.Extensions.Options;

namespace AiPlatform.Api.Chat;

/// <summary>Runs a chat for a caller who waits: submits its job and waits for the end, or passes its events on. A caller who leaves leaves the job to
/// <see cref="LeftJobs"/>, unless it is kept.</summary>
sealed class ChatDesk(
    JobQueue queue, SubmissionRules rules, LiveWorkers workers, LeftJobs left, IOptions<ApiOptions> options, IHostApplicationLifetime lifetime, TimeProvider time)
{
    /// <summary>Clocks of servers differ by less.</summary>
    static readonly TimeSpan ClockDifference = TimeSpan.FromSeconds(5);

    /// <summary>Whether a cancelled job is one that was called off because its caller's time was over.</summary>
    public static bool RanOutOfTime(JobView cancelled) => cancelled.FinishedAt + ClockDifference >= cancelled.Deadline;

    /// <summary>For a caller who does not wait.</summary>
    /// <returns>What became of the submission; of no use where there is a problem.</returns>
    public async Task<(SubmitOutcome Outcome, ProblemResult? Problem)> SubmitAsync(NewJob job, Caller caller, CancellationToken cancellationToken)
    {
        if (await RefusalAsync(job, caller, cancellationToken) is { } refused)
            return (default, refused);
        var outcome = (await queue.SubmitAsync(caller.Scope, [job], cancellationToken))[0];
        return (outcome, outcome.Result == SubmitResult.KeyConflict ? Problems.IdempotencyConflict() : null);
    }

    /// <returns>The job, completed; or why there is no answer.</returns>
    public async Task<(JobView? Completed, ProblemResult? Problem)> AskAsync(NewJob job, Caller caller, CancellationToken cancellationToken)
    {
        if (await RefusalAsync(job, caller, cancellationToken) is { } refused)
            return (null, refused);
        var isKept = IsKept(job);
        job = Limited(job) with { IsAwaited = true };
        try
        {
            var (outcome, last) = await queue.SubmitAndWaitAsync(caller.Scope, job, options.Value.WaitFor(job.TaskType), cancellationToken);
            return outcome.Result == SubmitResult.KeyConflict
                ? (null, Problems.IdempotencyConflict())
                : await ToldAsync(caller.Scope, outcome.Id, job.TaskType, last, isKept, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested && !isKept)
        {
            left.Add(job.Id);
            throw;
        }
    }

    /// <summary>The same for a call that was made before, whose caller waits for the job that it made then.</summary>
    public async Task<(JobView? Completed, ProblemResult? Problem)> AskAgainAsync(JobScope scope, Guid id, string taskType, CancellationToken cancellationToken)
    {
        var isKept = options.Value.ChatKeepLeft;
        try
        {
            return await ToldAsync(scope, id, taskType, await queue.WaitAsync(scope, id, options.Value.WaitFor(taskType), cancellationToken), isKept, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested && !isKept)
        {
            left.Add(id);
            throw;
        }
    }

    /// <summary>The same as <see cref="AskAsync"/> for a caller who follows the job's events: <paramref name="write"/> has them to the last, or until the
    /// caller leaves.</summary>
    public async Task<IResult> StreamAsync(NewJob job, HttpContext context, Func<Guid, EventStream, Task> write)
    {
        var aborted = context.RequestAborted;
        if (await RefusalAsync(job, RequestCaller.Of(context).Caller, aborted) is { } refused)
            return refused;
        var isKept = IsKept(job);
        job = Limited(job) with { IsAwaited = true };
        try
        {
            var outcome = (await queue.SubmitAsync(RequestCaller.Of(context).Scope, [job], aborted))[0];
            return outcome.Result == SubmitResult.KeyConflict
                ? Problems.IdempotencyConflict()
                : await FollowAsync(outcome.Id, isKept, context, write);
        }
        catch (OperationCanceledException) when (aborted.IsCancellationRequested && !isKept)
        {
            left.Add(job.Id);
            throw;
        }
    }

    /// <summary>The same for a call that was made before.</summary>
    public Task<IResult> StreamAgainAsync(Guid id, HttpContext context, Func<Guid, EventStream, Task> write) =>
        FollowAsync(id, options.Value.ChatKeepLeft, context, write);

    async Task<IResult> FollowAsync(Guid id, bool isKept, HttpContext context, Func<Guid, EventStream, Task> write)
    {
        context.Response.Headers[AnswerHeaders.JobId] = id.ToString();
        var stopping = lifetime.ApplicationStopping;
        await using var events = new EventStream(context.Response, options.Value.EventsHeartbeat, time, stopping, context.RequestAborted);
        try
        {
            if (!await events.OpenAsync(ended => queue.EventsAsync(RequestCaller.Of(context).Scope, id, null, ended)))
                return Problems.NoSuchJob(id);
            await write(id, events);
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested)
        {
            // Seen below, however it showed itself.
        }
        if (!events.HasEnded && !isKept && !stopping.IsCancellationRequested)
            left.Add(id);
        // A caller who is still there, because it was the time of its request that ran out, gets an answer that says so.
        if (!context.Response.HasStarted)
            context.RequestAborted.ThrowIfCancellationRequested();
        return Results.Empty;
    }

    async Task<(JobView? Completed, ProblemResult? Problem)> ToldAsync(
        JobScope scope, Guid id, string taskType, JobView? last, bool isKept, CancellationToken cancellationToken)
    {
        if (last is not null && !last.Status.IsFinal())
            last = isKept ? null : await CallOffAsync(scope, id, cancellationToken);
        return last switch
        {
            null => (null, Problems.ChatTimeout(id, $"There was no answer within {options.Value.WaitFor(taskType).TotalSeconds:0} s. " + (isKept
                ? "The job goes on: read it, or ask again with the same Idempotency-Key."
                : "The job was cancelled."))),
            { Status: JobStatus.Completed } => (last, null),
            { Status: JobStatus.Cancelled } when RanOutOfTime(last) => (null, Problems.ChatTimeout(id, "There was no answer in time, and the job was cancelled.")),
            _ => (null, Problems.Of(last)),
        };
    }

    async Task<ProblemResult?> RefusalAsync(NewJob job, Caller caller, CancellationToken cancellationToken)
    {
        if (SubmissionRules.Refusal(caller, [job], _ => "") is { } forbidden)
            return forbidden;
        return ChatProfiles.Refusal(await workers.ListAsync(cancellationToken), job.ModelProfile, job.TaskType) is { } refusal
            ? Problems.ProviderUnconfigured(refusal)
            : await rules.OverLimitAsync(caller, [job], cancellationToken);
    }

    /// <summary>A caller with an idempotency key comes back for the answer, so the job goes on without it.</summary>
    bool IsKept(NewJob job) => job.IdempotencyKey is not null || options.Value.ChatKeepLeft;

    /// <summary>Should this process die, nobody can call the job off; its deadline does. What is kept has none of ours: it would differ each time that the
    /// key is sent.</summary>
    NewJob Limited(NewJob job)
    {
        if (IsKept(job))
            return job;
        var limit = time.GetUtcNow() + options.Value.WaitFor(job.TaskType);
        return job.Deadline <= limit ? job : job with { Deadline = limit };
    }

    /// <returns>The job, where it ended just before; null when it was cancelled.</returns>
    async Task<JobView?> CallOffAsync(JobScope scope, Guid id, CancellationToken cancellationToken)
    {
        var result = await queue.CancelAsync(scope, id, cancellationToken);
        return result == ChangeResult.NotAllowed ? await queue.GetAsync(scope, id, cancellationToken) : null;
    }
}
