using System.Collections.Concurrent;
using System.Diagnostics;
using OpenTelemetry;

namespace AiPlatform.ServiceDefaults.Tests;

/// <summary>
/// Keeps the spans of one trace that an exporter would get. Sources are heard in the whole process, also those of tests beside this one.
/// </summary>
sealed class RecordedSpans(ActivityTraceId trace) : BaseProcessor<Activity>
{
    readonly ConcurrentQueue<Activity> _spans = new();

    /// <summary>Name, status and tags of each, in the order of their ends.</summary>
    public IReadOnlyList<string> Described =>
    [
        .. _spans.Select(span => $"{span.Kind} {span.DisplayName} {span.Status} " +
            string.Join(' ', span.TagObjects.OrderBy(tag => tag.Key, StringComparer.Ordinal).Select(tag => $"{tag.Key}={tag.Value}"))),
    ];

    public override void OnEnd(Activity data)
    {
        if (data.Recorded && data.TraceId == trace)
            _spans.Enqueue(data);
    }
}
