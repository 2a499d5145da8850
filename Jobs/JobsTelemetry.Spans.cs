using System.Diagnostics;

namespace AiPlatform.Jobs;

/// <summary>Where traces begin, and what links them to the jobs.</summary>
public sealed partial class JobsTelemetry
{
    /// <summary>The producer span of one submission, which is the context that its jobs carry; none for jobs that carry that of an earlier one.</summary>
    internal static Activity? StartSending(IReadOnlyList<NewJob> jobs)
    {
        if (!Source.HasListeners() || jobs is not [{ Traceparent: null } first, ..])
        {
            return null;
        }
        var span = Source.StartActivity($"send {first.TaskType}", ActivityKind.Producer);
        if (span is { IsAllDataRequested: true })
        {
            span.SetTag("messaging.system", "aiplatform")
                .SetTag("messaging.operation.type", "send")
                .SetTag("messaging.operation.name", "send");
            if (jobs.Count == 1)
            {
                span.SetTag("messaging.message.id", first.Id.ToString()).SetTag("aiplatform.job.model_profile", first.ModelProfile);
            }
            else
            {
                span.SetTag("messaging.batch.message_count", jobs.Count);
            }
            if (jobs.All(job => job.TaskType == first.TaskType))
            {
                span.SetTag("messaging.destination.name", first.TaskType);
            }
            else
            {
                span.DisplayName = "send";
            }
        }
        return span;
    }

    /// <summary>Begins a trace with a link to a job's creation, which has also decided whether it is sampled.</summary>
    /// <param name="creator">Default where there is none: then it is a trace like any other.</param>
    public static Activity? StartLinked(ActivitySource source, string name, ActivityKind kind, ActivityContext creator) => creator == default
        ? source.StartActivity(name, kind)
        : source.StartActivity(
            name, kind, new ActivityContext(ActivityTraceId.CreateRandom(), default, creator.TraceFlags, isRemote: true), links: [new ActivityLink(creator)]);

    internal static void Failed(Activity? span, Exception failure) =>
        span?.SetTag("error.type", failure.GetType().FullName).SetStatus(ActivityStatusCode.Error);
}
