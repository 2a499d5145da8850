using System.Diagnostics.Metrics;
using AiPlatform.Jobs.Maintenance;

namespace AiPlatform.Jobs;

/// <summary>What the one process that runs the maintenance loops has read last.</summary>
public sealed partial class JobsTelemetry
{
    volatile QueueReading _queue = QueueReading.None;
    volatile IReadOnlyList<Measurement<long>> _callbacks = [];
    volatile IReadOnlyList<Measurement<double>> _callbackAge = [];
    volatile IReadOnlyList<Measurement<long>> _batched = [];
    volatile IReadOnlyList<Measurement<long>> _parked = [];

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

    void ObserveQueue()
    {
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
}
