using System.Diagnostics;
using System.Diagnostics.Metrics;
using AiPlatform.Contracts;

namespace AiPlatform.WorkerRuntime;

/// <summary>The worker's instruments. What concerns the job itself (waiting, running, outcome) is measured by Jobs.</summary>
sealed class WorkerTelemetry : IDisposable
{
    public const string Name = "AiPlatform.WorkerRuntime";

    // For as long as somebody may be waiting for the answer, and trace stores still take spans of the caller's trace.
    static readonly TimeSpan SameTrace = TimeSpan.FromMinutes(1);

    readonly ActivitySource source = new(Name);

    public WorkerTelemetry(IMeterFactory meters, AttemptSlots slots)
    {
        meters.Create(Name).CreateObservableUpDownCounter(
            "aiplatform.worker.slots",
            () => new[]
            {
                new Measurement<int>(slots.Busy, new KeyValuePair<string, object?>("state", "busy")),
                new Measurement<int>(slots.Count - slots.Busy, new KeyValuePair<string, object?>("state", "free")),
            },
            "{slot}",
            "Jobs that the worker runs (busy), and that it could start now (free).");
    }

    /// <summary>
    /// The consumer span of one attempt. The first attempt of a job that hardly waited is a child of the request that created the job: one
    /// readable trace. Others get a trace of their own with a link, for a trace of hours is of no use to anyone.
    /// </summary>
    public Activity? StartProcessing(ClaimedJob job)
    {
        _ = ActivityContext.TryParse(job.Traceparent, null, isRemote: true, out var creator);
        var isSameTrace = job.Attempt == 1 && job.StartedAt - job.CreatedAt < SameTrace;
        var span = source.StartActivity(
            $"process {job.TaskType}",
            ActivityKind.Consumer,
            isSameTrace ? creator : default,
            links: creator == default ? null : [new ActivityLink(creator)]);

        return span?
            .SetTag("messaging.system", "aiplatform")
            .SetTag("messaging.operation.type", "process")
            .SetTag("messaging.operation.name", "process")
            .SetTag("messaging.destination.name", job.TaskType)
            .SetTag("messaging.message.id", job.Id.ToString())
            .SetTag("aiplatform.job.model_profile", job.ModelProfile)
            .SetTag("aiplatform.job.attempt", job.Attempt);
    }

    public static void End(Activity? span, RecordedOutcome recorded)
    {
        span?.SetTag("aiplatform.job.outcome", recorded.Word);
        if (recorded.Outcome is AttemptOutcome.Failed failed)
        {
            span?.SetTag("error.type", failed.Error.Category).SetStatus(ActivityStatusCode.Error);
        }
    }

    public void Dispose() => source.Dispose();
}
