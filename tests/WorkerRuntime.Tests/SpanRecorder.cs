using System.Collections.Concurrent;
using System.Diagnostics;

namespace AiPlatform.WorkerRuntime.Tests;

/// <summary>The ended spans of one source, of all hosts in the process.</summary>
sealed class SpanRecorder : IDisposable
{
    readonly ActivityListener listener;
    readonly ConcurrentQueue<Activity> ended = new();

    /// <param name="byParent">Whether what is not sampled by its parent is only passed on, as a parent-based sampler has it.</param>
    public SpanRecorder(string source, bool byParent = false)
    {
        listener = new ActivityListener
        {
            ShouldListenTo = candidate => candidate.Name == source,
            Sample = (ref options) => !byParent || options.Parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded)
                ? ActivitySamplingResult.AllDataAndRecorded
                : ActivitySamplingResult.PropagationData,
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
    }

    public IReadOnlyList<Activity> OfJob(Guid id) => [.. ended.Where(span => (string?)span.GetTagItem("messaging.message.id") == id.ToString())];

    public void Dispose() => listener.Dispose();
}
