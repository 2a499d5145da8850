using System.Diagnostics;
using System.Diagnostics.Metrics;
using AiPlatform.Jobs;

namespace AiPlatform.Api.Callbacks;

/// <summary>The instruments of callbacks. How many wait, <c>aiplatform.callback.waiting</c> of the queue's meter says.</summary>
sealed class CallbackTelemetry
{
    public const string Name = "AiPlatform.Api";

    /// <summary>Seconds, from a receiver next door to the longest timeout.</summary>
    static readonly InstrumentAdvice<double> Durations = new()
    {
        HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    };

    static readonly ActivitySource Source = new(Name);

    readonly Counter<long> _deliveries;
    readonly Histogram<double> _duration;

    public CallbackTelemetry(IMeterFactory meters)
    {
        var meter = meters.Create(Name);
        _deliveries = meter.CreateCounter<long>(
            "aiplatform.callback.deliveries", "{delivery}", "Calls to receivers, by outcome: delivered, retried or given_up.");
        _duration = meter.CreateHistogram(
            "aiplatform.callback.duration", "s", "Of one call, from reading the job to the head of the answer.", advice: Durations);
    }

    /// <summary>The span of one try to deliver: a trace of its own, with a link to the job's creation.</summary>
    public static Activity? Start(TakenCallback callback)
    {
        var span = JobsTelemetry.StartLinked(Source, "process callback", ActivityKind.Consumer, callback.Creator);
        return span is not { IsAllDataRequested: true } ? span : span
            .SetTag("messaging.system", "aiplatform")
            .SetTag("messaging.operation.type", "process")
            .SetTag("messaging.operation.name", "process")
            .SetTag("messaging.destination.name", "callback")
            .SetTag("messaging.message.id", callback.JobId.ToString())
            .SetTag("aiplatform.callback.tries", callback.Tries);
    }

    /// <param name="outcome">delivered, retried or given_up.</param>
    /// <param name="errorType">Null where it was delivered.</param>
    public void Called(string outcome, string? errorType, TimeSpan took, Activity? span)
    {
        span?.SetTag("aiplatform.callback.outcome", outcome);
        if (errorType is not null)
            span?.SetTag("error.type", errorType).SetStatus(ActivityStatusCode.Error);
        var tags = new TagList { { "outcome", outcome } };
        _duration.Record(took.TotalSeconds, tags);
        if (errorType is not null)
            tags.Add("error.type", errorType);
        _deliveries.Add(1, tags);
    }
}
