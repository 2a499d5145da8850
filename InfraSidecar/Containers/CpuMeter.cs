namespace AiPlatform.InfraSidecar.Containers;

/// <summary>Turns the processor time that containers have used into cores in use, between two samples.</summary>
sealed class CpuMeter(TimeProvider time)
{
    readonly Lock _lock = new();

    Dictionary<string, Usage> _before = [];
    Dictionary<string, Usage> _now = [];

    /// <param name="id">The container.</param>
    /// <param name="nanoseconds">What it has used.</param>
    /// <param name="machine">What all cores of the machine could have given in the same time; null to go by the clock.</param>
    /// <param name="cores">How many of them there are.</param>
    /// <returns>Null at the first sample of a container, and when it was started anew.</returns>
    public double? Measure(string id, ulong? nanoseconds, ulong? machine = null, int? cores = null)
    {
        if (nanoseconds is not { } used)
            return null;
        var now = new Usage(used, machine, time.GetTimestamp());
        lock (_lock)
            _now[id] = now;
        if (!_before.TryGetValue(id, out var before) || used < before.Nanoseconds)
            return null;
        var cpuSeconds = (used - before.Nanoseconds) / 1e9;
        var seconds = machine > before.Machine && cores > 0
            ? (double)(machine - before.Machine) / 1e9 / cores.Value
            : time.GetElapsedTime(before.Timestamp, now.Timestamp).TotalSeconds;
        return seconds > 0 ? Math.Round(cpuSeconds / seconds, 4) : null;
    }

    /// <summary>After each sample: containers that were not in it are forgotten.</summary>
    public void EndSample() => (_before, _now) = (_now, []);

    readonly record struct Usage(ulong Nanoseconds, ulong? Machine, long Timestamp);
}
