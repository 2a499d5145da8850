using System.Collections.Frozen;

namespace AiPlatform.InfraSidecar.Vllm;

/// <summary>The scrapes of the last minute of one server, back to its last restart.</summary>
sealed class VllmWindow(TimeProvider time)
{
    static readonly TimeSpan Length = TimeSpan.FromSeconds(60);

    // Bounded by Length over the shortest interval, 600.
    readonly Queue<(VllmMetrics Metrics, long Timestamp)> _scrapes = new();

    VllmMetrics? _last;

    /// <summary>Adds a scrape and answers the rates up to it.</summary>
    public VllmRates? Add(VllmMetrics metrics)
    {
        var now = time.GetTimestamp();
        if (_last is not null && !metrics.Continues(_last))
            _scrapes.Clear();
        while (_scrapes.TryPeek(out var oldest) && time.GetElapsedTime(oldest.Timestamp, now) > Length)
            _scrapes.Dequeue();

        var rates = _scrapes.TryPeek(out var first) && time.GetElapsedTime(first.Timestamp, now) is { Ticks: > 0 } elapsed
            ? new VllmRates(first.Metrics, metrics, elapsed.TotalSeconds)
            : null;
        // Only the last scrape is compared line by line.
        _scrapes.Enqueue((metrics with { Counters = FrozenDictionary<string, double>.Empty }, now));
        _last = metrics;
        return rates;
    }
}
