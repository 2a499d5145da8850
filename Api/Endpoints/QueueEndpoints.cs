using AiPlatform.Api.Access;
using AiPlatform.Api.Errors;
using AiPlatform.Api.Requests;
using AiPlatform.Api.Status;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AiPlatform.Api.Endpoints;

/// <summary>The queue as its operator handles it.</summary>
static partial class QueueEndpoints
{
    public static void MapQueue(this IEndpointRouteBuilder routes)
    {
        var queue = routes.MapGroup("/queue").WithTags("Queue");
        queue.MapGet("/status", GetAsync).Needs(CallerRole.Read)
            .WithName("get_queue_status").WithSummary("Whether the queue runs, what is paused or stopped, its size, and the jobs in hand");
        queue.MapPost("/pause", PauseAsync).Needs(CallerRole.Admin)
            .WithName("pause_queue").WithSummary("Hold what waits, of everything or of a task type and profile; jobs in hand go on")
            .RefusesBodies();
        queue.MapPost("/resume", ResumeAsync).Needs(CallerRole.Admin)
            .WithName("resume_queue").WithSummary("End the pause of a scope and every pause inside it; a wider one and a stop stay")
            .RefusesBodies();
        queue.MapPost("/stop", StopAsync).Needs(CallerRole.Admin)
            .WithName("stop_queue").WithSummary("Finish the jobs in hand and take no more, until the start; a switch beside the pause")
            .RefusesBodies();
        queue.MapPost("/start", StartAsync).Needs(CallerRole.Admin)
            .WithName("start_queue").WithSummary("End the stop of a scope and every stop inside it; a wider one and a pause stay")
            .RefusesBodies();
    }

    static async Task<Results<Ok<QueueStatus>, ProblemResult>> GetAsync(
        RequestCaller caller, JobQueue queue, LiveWorkers workers, CancellationToken cancellationToken) =>
        TypedResults.Ok(await StatusAsync(caller.Scope, queue, workers, cancellationToken));

    static Task<Results<Ok<QueueStatus>, ProblemResult>> PauseAsync(
        ScopeOfRequest scope, RequestCaller actor, JobQueue queue, LiveWorkers workers, ILoggerFactory loggers, CancellationToken cancellationToken) =>
        SwitchAsync(queue.PauseAsync, "paused", scope.Value, actor.Caller.Name, queue, workers, loggers, cancellationToken);

    static Task<Results<Ok<QueueStatus>, ProblemResult>> ResumeAsync(
        ScopeOfRequest scope, RequestCaller actor, JobQueue queue, LiveWorkers workers, ILoggerFactory loggers, CancellationToken cancellationToken) =>
        SwitchAsync(queue.ResumeAsync, "resumed", scope.Value, actor.Caller.Name, queue, workers, loggers, cancellationToken);

    static Task<Results<Ok<QueueStatus>, ProblemResult>> StopAsync(
        ScopeOfRequest scope, RequestCaller actor, JobQueue queue, LiveWorkers workers, ILoggerFactory loggers, CancellationToken cancellationToken) =>
        SwitchAsync(queue.StopAsync, "stopped", scope.Value, actor.Caller.Name, queue, workers, loggers, cancellationToken);

    static Task<Results<Ok<QueueStatus>, ProblemResult>> StartAsync(
        ScopeOfRequest scope, RequestCaller actor, JobQueue queue, LiveWorkers workers, ILoggerFactory loggers, CancellationToken cancellationToken) =>
        SwitchAsync(queue.StartAsync, "started", scope.Value, actor.Caller.Name, queue, workers, loggers, cancellationToken);

    static async Task<Results<Ok<QueueStatus>, ProblemResult>> SwitchAsync(
        Func<QueueScope, string, CancellationToken, Task> change, string done, QueueScope scope, string actor, JobQueue queue, LiveWorkers workers,
        ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        await change(scope, actor, cancellationToken);
        LogSwitched(loggers.CreateLogger(typeof(QueueEndpoints)), done, scope.TaskType ?? QueueScope.Every, scope.ModelProfile ?? QueueScope.Every, actor);
        var status = await StatusAsync(JobScope.All, queue, workers, cancellationToken);
        return TypedResults.Ok(status with
        {
            HaltedBy = [.. status.Halts.Where(halt => halt.Touches(scope.TaskType, scope.ModelProfile))],
        });
    }

    static async Task<QueueStatus> StatusAsync(JobScope scope, JobQueue queue, LiveWorkers workers, CancellationToken cancellationToken)
    {
        var halts = await queue.HaltsAsync(cancellationToken);
        var running = await queue.ListAsync(
            scope, new JobFilter { Status = JobStatus.Running }, cursor: null, QueueStatus.MostCurrentJobs, cancellationToken);
        var live = await workers.ListAsync(cancellationToken);
        var stopped = halts.Any(halt => halt.Kind == HaltKind.Stopped && halt.IsOfEverything());
        return new QueueStatus
        {
            Running = !stopped && live.Any(worker => !worker.Draining),
            Paused = halts.Any(halt => halt.Kind == HaltKind.Paused && halt.IsOfEverything()),
            Stopped = stopped,
            Halts = halts,
            QueueSize = await queue.WaitingAsync(scope, cancellationToken),
            CurrentJobs = running.Jobs,
        };
    }

    [LoggerMessage(1010, LogLevel.Information, "The queue was {Done} for task type {TaskType} on model profile {ModelProfile} by {Actor}.")]
    static partial void LogSwitched(ILogger logger, string done, string taskType, string modelProfile, string actor);
}
