using AiPlatform.Contracts;
using AiPlatform.Jobs;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AiPlatform.WorkerRuntime;

/// <summary>Makes an attempt of a claimed job; its lease runs from now.</summary>
sealed class AttemptFactory(JobQueue queue, JobEvents events, IOptions<WorkerOptions> options, TimeProvider time, ILoggerFactory loggers)
{
    readonly ILogger logger = loggers.CreateLogger<Attempt>();

    public Attempt Create(ClaimedJob job)
    {
        var cancellation = new AttemptCancellation();
        var lease = new HeldLease(options.Value.Lease, cancellation, time);
        return new Attempt(
            job,
            cancellation,
            lease,
            new ProgressWriter(queue, events, job, lease, cancellation, time, logger),
            new TokenWriter(events, job, cancellation, time, logger));
    }
}
