using AiPlatform.Contracts.Infra;

namespace AiPlatform.InfraSidecar.Sampling;

/// <summary>
/// The last sample of one source, written by its loop and read by every request. Each write replaces the whole, so a reader never sees half of
/// one. Values that are too old are withheld: the last numbers of a source that hangs look like a server at work (microsoft/pai#889).
/// </summary>
/// <param name="time">Ages are taken from its timestamps, which no adjustment of the clock moves.</param>
/// <param name="interval">Time between two samples; three missed make a value stale.</param>
/// <param name="timeout">Time one sample may take: values must not go stale while the next are still being collected.</param>
sealed class SampleCache<T>(TimeProvider time, TimeSpan interval, TimeSpan timeout)
    where T : class
{
    const string None = "none";

    readonly TimeSpan _staleAfter = TimeSpan.FromTicks(Math.Max((3 * interval).Ticks, (interval + timeout).Ticks));

    volatile Entry _entry = Nothing("The first sample is under way.");

    public void Store(T value, string backend, TimeSpan duration, bool available = true, InfraError? error = null) =>
        _entry = new Entry(
            value,
            new SourceState
            {
                Available = available,
                Backend = backend,
                CollectedAt = time.GetUtcNow(),
                DurationMs = (long)duration.TotalMilliseconds,
                Stale = false,
                Error = error,
            },
            time.GetTimestamp());

    /// <summary>The attempt failed: earlier values stay until they are stale.</summary>
    public void Fail(string backend, InfraError error)
    {
        var last = _entry;
        _entry = last with { State = last.State with { Backend = backend, Error = error, HasFailed = true, Detail = null } };
    }

    /// <summary>There is nothing to sample, and that is no fault.</summary>
    public void Absent(string detail) => _entry = Nothing(detail);

    public (T? Value, SourceState State) Read()
    {
        var (value, state, timestamp) = _entry;
        if (value is null)
            return (null, state);

        var age = time.GetElapsedTime(timestamp);
        var aged = state with { AgeMs = (long)age.TotalMilliseconds };
        if (age <= _staleAfter)
            return (value, aged);

        var error = aged.Error ?? new InfraError("stale", $"The last sample is {age.TotalSeconds:F0} s old and the next has not come.");
        return (null, aged with { Available = false, Stale = true, Error = error });
    }

    static Entry Nothing(string detail) =>
        new(null, new SourceState { Available = false, Backend = None, Stale = false, Detail = detail }, 0);

    sealed record Entry(T? Value, SourceState State, long Timestamp);
}
