using System.Collections.Concurrent;
using System.Diagnostics;

namespace AiPlatform.WorkerRuntime.Tests;

/// <summary>The ended spans of one source, of all hosts in the process.</summary>
sealed class SpanRecorder : IDisposable
{
    readonly ActivityListener listener;
    readonly ConcurrentQueue<Activity> ended = new();

    public SpanRecorder(string source)
    {
        listener = new ActivityListener
        {
            ShouldListenTo = candidate => candidate.Name == source,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
    }

    public IReadOnlyList<Activity> OfJob(Guid id) => [.. ended.Where(span => (string?)span.GetTagItem("messaging.message.id") == id.ToString())];

    public void Dispose() => listener.Dispose();
}
