using System.Diagnostics;
using System.Diagnostics.Metrics;
using AiPlatform.Contracts;
using AiPlatform.Jobs;

namespace AiPlatform.WorkerRuntime;

/// <summary>The worker's instruments. What concerns the job itself (waiting, running, outcome) is measured by Jobs.</summary>
sealed class WorkerTelemetry : IDisposable
{
    public const string Name = "AiPlatform.WorkerRuntime";

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
    /// The consumer span of one run. The first run of a job whose caller waits is a child of its submission: one readable trace. Others get a trace of
    /// their own with a link, for a trace of hours is of no use to anyone; whether that is sampled, the submission has decided.
    /// </summary>
    public Activity? StartProcessing(ClaimedJob job)
    {
        if (!source.HasListeners())
        {
            return null;
        }
        _ = ActivityContext.TryParse(job.Traceparent, job.Tracestate, isRemote: true, out var creator);
        var name = $"process {job.TaskType}";
        var span = job.IsAwaited && !job.HasRunBefore
            ? source.StartActivity(name, ActivityKind.Consumer, creator)
            : JobsTelemetry.StartLinked(source, name, ActivityKind.Consumer, creator);

        return span is not { IsAllDataRequested: true } ? span : span
            .SetTag("messaging.system", "aiplatform")
            .SetTag("messaging.operation.type", "process")
            .SetTag("messaging.operation.name", "process")
            .SetTag("messaging.destination.name", job.TaskType)
            .SetTag("messaging.message.id", job.Id.ToString())
            .SetTag("aiplatform.job.model_profile", job.ModelProfile)
            .SetTag("aiplatform.job.attempt", job.Attempt)
            .SetTag("aiplatform.job.preemptions", job.Preemptions > 0 ? job.Preemptions : null)
            .SetTag("aiplatform.job.has_run_before", job.HasRunBefore ? true : null);
    }

    public static void End(Activity? span, RecordedOutcome recorded)
    {
        if (span is not { IsAllDataRequested: true })
        {
            return;
        }
        span.SetTag("aiplatform.job.outcome", recorded.Word);
        if (recorded.Outcome is AttemptOutcome.Released { Reason: CancellationReason.Preempted })
        {
            span.AddEvent(new ActivityEvent("aiplatform.job.preempted"));
        }
        if (recorded.Outcome is AttemptOutcome.Failed failed)
        {
            span.SetTag("error.type", failed.Error.Category).SetStatus(ActivityStatusCode.Error);
        }
    }

    public void Dispose() => source.Dispose();
}
