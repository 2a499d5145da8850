using System.Diagnostics;
using System.Diagnostics.Metrics;
using AiPlatform.Contracts;
using AiPlatform.Jobs.Store;

namespace AiPlatform.Jobs;

/// <summary>The instruments of the queue. Whoever records a change counts it: the API for external workers, a worker for its own jobs.
/// Depth and age are reported by the one process that runs the maintenance loops, so that they are not summed over processes.</summary>
public sealed class JobsTelemetry : IDisposable
{
    public const string Name = "AiPlatform.Jobs";

    public static readonly ActivitySource Source = new(Name);

    /// <summary>Seconds, from a Redis hop to an hour of waiting.</summary>
    static readonly InstrumentAdvice<double> Durations = new()
    {
        HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600],
    };

    readonly Meter _meter;
    readonly Counter<long> _submitted;
    readonly Counter<long> _finished;
    readonly Counter<long> _leaseExpired;
    readonly Counter<long> _handoffRecovered;
    readonly Histogram<long> _batch;
    readonly Histogram<double> _wait;
    readonly Histogram<double> _run;
    readonly Histogram<double> _total;
    volatile IReadOnlyList<DepthRow> _depth = [];

    public JobsTelemetry(IMeterFactory meters)
    {
        _meter = meters.Create(Name);
        _submitted = _meter.CreateCounter<long>("aiplatform.job.submitted", "{job}", "Jobs committed to the store.");
        _finished = _meter.CreateCounter<long>("aiplatform.job.finished", "{job}", "Jobs that reached a final status.");
        _leaseExpired = _meter.CreateCounter<long>("aiplatform.lease.expired", "{job}", "Jobs taken back from a worker that stopped renewing.");
        _handoffRecovered = _meter.CreateCounter<long>(
            "aiplatform.handoff.recovered", "{job}", "Waiting jobs that were missing from the Redis index and were put back.");
        _batch = _meter.CreateHistogram(
            "aiplatform.store.batch.size", "{call}", "Calls that shared one commit.",
            advice: new InstrumentAdvice<long> { HistogramBucketBoundaries = [1, 2, 5, 10, 20, 50, 100, 200, 500] });
        _wait = _meter.CreateHistogram("aiplatform.job.wait.duration", "s", "From the moment a job may start to the start of the attempt.", advice: Durations);
        _run = _meter.CreateHistogram("aiplatform.job.run.duration", "s", "Of one attempt.", advice: Durations);
        _total = _meter.CreateHistogram("aiplatform.job.total.duration", "s", "From submission to the final status.", advice: Durations);
        _meter.CreateObservableGauge("aiplatform.queue.depth", ObserveDepth, "{job}", "Jobs that wait.");
        _meter.CreateObservableGauge("aiplatform.queue.oldest.age", ObserveAge, "s", "Age of the oldest job that could start.");
    }

    internal void Submitted(NewJob job) => _submitted.Add(1, Lane(job.TaskType, job.ModelProfile, job.Priority));

    internal void Started(ClaimRow claim) => _wait.Record(
        Math.Max(0, (claim.Job.StartedAt!.Value - claim.RunnableAt).TotalSeconds),
        Lane(claim.Job.TaskType, claim.Job.ModelProfile, claim.Job.Priority));

    /// <summary>An attempt ended; <paramref name="lane"/> is null where this process has not learnt of it yet.</summary>
    internal void Ran(LaneKey? lane, TimeSpan ran) => _run.Record(ran.TotalSeconds, Lane(lane));

    /// <summary>A job became final.</summary>
    internal void Finished(Guid id, LaneKey? lane, JobStatus status, string? errorCategory, DateTimeOffset finishedAt)
    {
        var tags = Lane(lane);
        tags.Add("status", Word(status));
        _total.Record(Math.Max(0, (finishedAt - SubmittedAt(id)).TotalSeconds), tags);
        if (errorCategory is not null)
        {
            // A caller's own word would be a tag without bounds.
            tags.Add("error.category", ErrorCategories.All.Contains(errorCategory) ? errorCategory : "other");
        }
        _finished.Add(1, tags);
    }

    internal void Batch(string write, int calls) => _batch.Record(calls, new KeyValuePair<string, object?>("write", write));

    internal void LeaseExpired() => _leaseExpired.Add(1);

    internal void HandoffRecovered(int jobs)
    {
        if (jobs > 0)
        {
            _handoffRecovered.Add(jobs);
        }
    }

    /// <summary>What the depth instruments report from now on; empty where another process reports.</summary>
    internal void SetDepth(IReadOnlyList<DepthRow> depth) => _depth = depth;

    public void Dispose() => _meter.Dispose();

    IEnumerable<Measurement<long>> ObserveDepth() =>
        _depth.Select(row => new Measurement<long>(row.Jobs, Lane(row.Lane.TaskType, row.Lane.ModelProfile, row.Priority)));

    IEnumerable<Measurement<double>> ObserveAge() =>
        _depth.Where(row => row.OldestSeconds is not null).Select(row => new Measurement<double>(
            row.OldestSeconds!.Value, Lane(row.Lane.TaskType, row.Lane.ModelProfile, row.Priority)));

    static TagList Lane(string taskType, string modelProfile, JobPriority priority)
    {
        var tags = Lane(new LaneKey(taskType, modelProfile));
        tags.Add("priority", Word(priority));
        return tags;
    }

    static TagList Lane(LaneKey? lane) => lane is { } known
        ? new() { { "task_type", known.TaskType }, { "model_profile", known.ModelProfile } }
        : [];

    static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();

    /// <summary>A UUID of version 7 begins with the milliseconds since 1970.</summary>
    static DateTimeOffset SubmittedAt(Guid id) =>
        DateTimeOffset.FromUnixTimeMilliseconds(Convert.ToInt64(id.ToString("N")[..12], 16));
}
