using System.Diagnostics;
using System.Diagnostics.Metrics;
using AiPlatform.Contracts;
using AiPlatform.Jobs.Store;

namespace AiPlatform.Jobs;

/// <summary>The instruments of the queue. Whoever records a change counts it: the API for external workers, a worker for its own jobs.
/// Depth, age and halts are reported by the one process that runs the maintenance loops, so that they are not summed over processes.</summary>
public sealed partial class JobsTelemetry : IDisposable
{
    public const string Name = "AiPlatform.Jobs";

    public static readonly ActivitySource Source = new(Name);

    /// <summary>Seconds, from a Redis hop to an hour of waiting.</summary>
    static readonly InstrumentAdvice<double> Durations = new()
    {
        HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600],
    };

    /// <summary>Seconds, from one look at nothing to a rebuild of a long index.</summary>
    static readonly InstrumentAdvice<double> Chores = new()
    {
        HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    };

    readonly TagWords _taskTypes = new();
    readonly TagWords _modelProfiles = new();
    readonly Meter _meter;
    readonly Counter<long> _submitted;
    readonly Counter<long> _finished;
    readonly Counter<long> _preempted;
    readonly Counter<long> _leaseExpired;
    readonly Counter<long> _handoffRecovered;
    readonly Histogram<long> _batch;
    readonly Histogram<double> _wait;
    readonly Histogram<double> _run;
    readonly Histogram<double> _total;
    readonly Histogram<double> _maintenance;
    readonly Counter<long> _maintained;

    public JobsTelemetry(IMeterFactory meters)
    {
        _meter = meters.Create(Name);
        _submitted = _meter.CreateCounter<long>("aiplatform.job.submitted", "{job}", "Jobs committed to the store.");
        _finished = _meter.CreateCounter<long>("aiplatform.job.finished", "{job}", "Jobs that reached a final status.");
        _preempted = _meter.CreateCounter<long>("aiplatform.job.preempted", "{job}", "Runs aborted for a job of higher priority.");
        _leaseExpired = _meter.CreateCounter<long>("aiplatform.lease.expired", "{job}", "Jobs taken back from a worker that stopped renewing.");
        _handoffRecovered = _meter.CreateCounter<long>(
            "aiplatform.handoff.recovered", "{job}", "Waiting jobs that were missing from the Redis index and were put back.");
        _batch = _meter.CreateHistogram(
            "aiplatform.store.batch.size", "{call}", "Calls that shared one commit.",
            advice: new InstrumentAdvice<long> { HistogramBucketBoundaries = [1, 2, 5, 10, 20, 50, 100, 200, 500] });
        _wait = _meter.CreateHistogram("aiplatform.job.wait.duration", "s", "From the moment a job may start to the start of the attempt.", advice: Durations);
        _run = _meter.CreateHistogram("aiplatform.job.run.duration", "s", "Of one attempt.", advice: Durations);
        _total = _meter.CreateHistogram("aiplatform.job.total.duration", "s", "From submission to the final status.", advice: Durations);
        _maintenance = _meter.CreateHistogram(
            "aiplatform.maintenance.run.duration", "s", "Of one run of a maintenance loop; error.type is there where it failed.", advice: Chores);
        _maintained = _meter.CreateCounter<long>(
            "aiplatform.maintenance.changed", "{item}", "Jobs, keys, partitions and entries that a maintenance loop changed.");
        ObserveQueue();
    }

    internal void Submitted(NewJob job) => _submitted.Add(1, Lane(job.TaskType, job.ModelProfile, job.Priority));

    internal void Started(ClaimRow claim) => _wait.Record(
        Math.Max(0, (claim.Job.StartedAt!.Value - claim.RunnableAt).TotalSeconds),
        Lane(claim.Job.TaskType, claim.Job.ModelProfile, claim.Job.Priority));

    /// <summary>An attempt ended; <paramref name="lane"/> is null where it could not be looked up.</summary>
    internal void Ran(LaneKey? lane, JobPriority priority, TimeSpan ran) => _run.Record(ran.TotalSeconds, Lane(lane, priority));

    /// <summary>A job became final.</summary>
    internal void Finished(
        Guid id, LaneKey? lane, JobPriority priority, JobStatus status, string? errorCategory, DateTimeOffset finishedAt)
    {
        var tags = Lane(lane, priority);
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

    internal void Preempted(ClaimedJob job) => _preempted.Add(1, Lane(job.TaskType, job.ModelProfile, job.Priority));

    internal void LeaseExpired() => _leaseExpired.Add(1);

    internal void HandoffRecovered(int jobs)
    {
        if (jobs > 0)
        {
            _handoffRecovered.Add(jobs);
        }
    }

    /// <summary>A maintenance loop, such as <c>lease_reaper</c>, ran once.</summary>
    internal void Maintained(string loop, TimeSpan duration, int changed, Exception? failure)
    {
        TagList tags = new() { { "loop", loop } };
        if (changed > 0)
        {
            _maintained.Add(changed, tags);
        }
        if (failure is not null)
        {
            tags.Add("error.type", failure.GetType().FullName);
        }
        _maintenance.Record(duration.TotalSeconds, tags);
    }

    public void Dispose() => _meter.Dispose();

    LaneKey Shown(LaneKey lane) => new(_taskTypes.Of(lane.TaskType), _modelProfiles.Of(lane.ModelProfile));

    TagList Lane(string taskType, string modelProfile, JobPriority priority) => Lane(new LaneKey(taskType, modelProfile), priority);

    TagList Lane(LaneKey? lane, JobPriority priority)
    {
        TagList tags = lane is { } known
            ? new() { { "task_type", _taskTypes.Of(known.TaskType) }, { "model_profile", _modelProfiles.Of(known.ModelProfile) } }
            : [];
        tags.Add("priority", Word(priority));
        return tags;
    }

    static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();

    /// <summary>A UUID of version 7 begins with the milliseconds since 1970.</summary>
    internal static DateTimeOffset SubmittedAt(Guid id) =>
        DateTimeOffset.FromUnixTimeMilliseconds(Convert.ToInt64(id.ToString("N")[..12], 16));
}
