using AiPlatform.Api.Errors;
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
        queue.MapGet("/status", StatusAsync)
            .WithName("get_queue_status").WithSummary("Whether the queue runs or is paused, its size, and the jobs in hand");
        queue.MapPost("/pause", PauseAsync).WithName("pause_queue").WithSummary("Finish the jobs in hand and hand out no more");
        queue.MapPost("/resume", ResumeAsync).WithName("resume_queue").WithSummary("End a pause");
    }

    static async Task<Results<Ok<QueueStatus>, ProblemResult>> StatusAsync(JobQueue queue, LiveWorkers workers, CancellationToken cancellationToken)
    {
        var stats = await queue.StatsAsync(cancellationToken);
        var running = await queue.ListAsync(
            new JobFilter { Status = JobStatus.Running }, cursor: null, QueueStatus.MostCurrentJobs, cancellationToken);
        var live = await workers.ListAsync(cancellationToken);
        return TypedResults.Ok(new QueueStatus
        {
            Running = live.Any(worker => !worker.Draining),
            Paused = stats.Paused,
            QueueSize = stats.ByStatus.GetValueOrDefault(Requests.Wire.Word(JobStatus.Pending)),
            CurrentJobs = running.Jobs,
        });
    }

    static async Task<Results<Ok<QueueStatus>, ProblemResult>> PauseAsync(
        JobQueue queue, LiveWorkers workers, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        await queue.PauseAsync(cancellationToken);
        LogPaused(loggers.CreateLogger(typeof(QueueEndpoints)));
        return await StatusAsync(queue, workers, cancellationToken);
    }

    static async Task<Results<Ok<QueueStatus>, ProblemResult>> ResumeAsync(
        JobQueue queue, LiveWorkers workers, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        await queue.ResumeAsync(cancellationToken);
        LogResumed(loggers.CreateLogger(typeof(QueueEndpoints)));
        return await StatusAsync(queue, workers, cancellationToken);
    }

    [LoggerMessage(1010, LogLevel.Information, "The queue was paused: jobs in hand are finished, no more are handed out.")]
    static partial void LogPaused(ILogger logger);

    [LoggerMessage(1011, LogLevel.Information, "The queue was resumed.")]
    static partial void LogResumed(ILogger logger);
}
