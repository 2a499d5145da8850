using AiPlatform.Contracts;
using AiPlatform.Jobs;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AiPlatform.WorkerRuntime;

/// <summary>Makes an attempt of a claimed job.</summary>
sealed class AttemptFactory(
    JobQueue queue, JobEvents events, JobCheckpoints checkpoints, IJobHandler handler, IOptions<WorkerOptions> options, TimeProvider time, ILoggerFactory loggers)
{
    readonly ILogger logger = loggers.CreateLogger<Attempt>();

    /// <param name="askedAt">When its lease began at the earliest: <see cref="JobQueue.ClaimTimedAsync"/>.</param>
    public Attempt Create(ClaimedJob job, long askedAt)
    {
        var cancellation = new AttemptCancellation();
        var lease = new HeldLease(options.Value.Lease, askedAt, cancellation, time);
        return new Attempt(
            job,
            cancellation,
            lease,
            new ProgressWriter(queue, events, job, lease, cancellation, time, logger),
            new TokenWriter(events, job, cancellation, time, logger),
            checkpoints,
            handler.Admit(job));
    }
}
