using System.Diagnostics;
using System.Diagnostics.Metrics;

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

    /// <param name="outcome">delivered, retried or given_up.</param>
    /// <param name="errorType">Null where it was delivered.</param>
    public void Called(string outcome, string? errorType, TimeSpan took)
    {
        var tags = new TagList { { "outcome", outcome } };
        _duration.Record(took.TotalSeconds, tags);
        if (errorType is not null)
            tags.Add("error.type", errorType);
        _deliveries.Add(1, tags);
    }
}
