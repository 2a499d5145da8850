using System.Diagnostics;
using System.Diagnostics.Metrics;
using AiPlatform.Contracts;
using AiPlatform.Jobs.Maintenance;
using AiPlatform.Jobs.Store;

namespace AiPlatform.Jobs;

/// <summary>The instruments of the queue. Whoever records a change counts it: the API for external workers, a worker for its own jobs.
/// Depth, age and halts are reported by the one process that runs the maintenance loops, so that they are not summed over processes.</summary>
public sealed class JobsTelemetry : IDisposable
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
    volatile QueueReading _queue = QueueReading.None;
    volatile IReadOnlyList<Measurement<long>> _callbacks = [];
    volatile IReadOnlyList<Measurement<double>> _callbackAge = [];
    volatile IReadOnlyList<Measurement<long>> _batched = [];
    volatile IReadOnlyList<Measurement<long>> _parked = [];

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
        _meter.CreateObservableGauge("aiplatform.queue.depth", ObserveDepth, "{job}", "Jobs that wait.");
        _meter.CreateObservableGauge("aiplatform.queue.oldest.age", ObserveAge, "s", "How long the longest wait is among the first jobs that could start; not of a lane that is paused or stopped.");
        _meter.CreateObservableGauge("aiplatform.queue.running", ObserveRunning, "{job}", "Jobs that run.");
        _meter.CreateObservableGauge(
            "aiplatform.queue.backlog.duration", ObserveBacklog, "s",
            "Work that waits in a lane: its waiting jobs times the mean of its latest runs. Divided by the slots that serve it, how long it will take.");
        _meter.CreateObservableGauge("aiplatform.queue.halts", ObserveHalts, "{halt}", "1 for each pause and stop in force; '*' stands for every one.");
        _meter.CreateObservableGauge(
            "aiplatform.queue.parked", () => _parked, "{place}",
            "Owners with jobs that wait for one of their own to end, as they are at their running limits: each counts once for a lane and priority.");
        _meter.CreateObservableGauge(
            "aiplatform.callback.waiting", () => _callbacks, "{callback}", "Callbacks of finished jobs that are not delivered yet.");
        _meter.CreateObservableGauge(
            "aiplatform.callback.oldest.age", () => _callbackAge, "s", "Since the longest ago of the jobs ended whose callback is not delivered yet.");
        _meter.CreateObservableGauge(
            "aiplatform.batch.requests.open", () => _batched, "{request}", "Requests of batches that have not ended, as jobs or still in their files.");
    }

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

    /// <summary>What the instruments of the queue report from now on; <see cref="QueueReading.None"/> where another process reports.</summary>
    internal void SetQueue(QueueReading reading) => _queue = reading;

    /// <summary>How many callbacks wait and how long the oldest has; null where another process reports.</summary>
    internal void SetCallbacks((long Waiting, TimeSpan? Oldest)? callbacks)
    {
        _callbacks = callbacks is { } known ? [new(known.Waiting)] : [];
        _callbackAge = callbacks is { } aged ? [new(aged.Oldest?.TotalSeconds ?? 0)] : [];
    }

    /// <summary>How many places of lanes are parked; null where another process reports.</summary>
    internal void SetParked(long? places) => _parked = places is { } count ? [new(count)] : [];

    /// <summary>How many requests of batches have not ended; null where another process reports.</summary>
    internal void SetBatches(long? open) => _batched = open is { } count ? [new(count)] : [];

    public void Dispose() => _meter.Dispose();

    // Lanes that share a name are one series: two measurements of one would take each other's place.
    IEnumerable<Measurement<long>> ObserveDepth() =>
        from row in _queue.Depth
        group row.Jobs by (Shown(row.Lane), row.Priority) into shown
        select new Measurement<long>(shown.Sum(), Lane(shown.Key.Item1, shown.Key.Priority));

    IEnumerable<Measurement<double>> ObserveAge() =>
        from row in _queue.Depth
        where row.OldestSeconds is not null && !_queue.Halts.Any(halt => halt.Touches(row.Lane.TaskType, row.Lane.ModelProfile))
        group row.OldestSeconds!.Value by (Shown(row.Lane), row.Priority) into shown
        select new Measurement<double>(shown.Max(), Lane(shown.Key.Item1, shown.Key.Priority));

    IEnumerable<Measurement<long>> ObserveRunning() =>
        from row in _queue.Running
        group row.Jobs by (Shown(row.Lane), row.Priority) into shown
        select new Measurement<long>(shown.Sum(), Lane(shown.Key.Item1, shown.Key.Priority));

    IEnumerable<Measurement<double>> ObserveBacklog() =>
        from row in _queue.Backlog
        group row.Seconds by Shown(row.Lane) into shown
        select new Measurement<double>(shown.Sum(), new("task_type", shown.Key.TaskType), new("model_profile", shown.Key.ModelProfile));

    IEnumerable<Measurement<int>> ObserveHalts() =>
        from halt in _queue.Halts
        group halt by (halt.Kind, TaskType: _taskTypes.Of(halt.TaskType), ModelProfile: _modelProfiles.Of(halt.ModelProfile)) into shown
        select new Measurement<int>(
            1, new("kind", Word(shown.Key.Kind)), new("task_type", shown.Key.TaskType), new("model_profile", shown.Key.ModelProfile));

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
