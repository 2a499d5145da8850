using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace AiPlatform.Testing;

/// <summary>Every measurement of one meter, as the exporters see them.</summary>
public sealed class MeterRecorder : IDisposable
{
    readonly MeterListener _listener = new();
    readonly ConcurrentQueue<Measurement> _measurements = new();

    /// <param name="meterName">The meter's name.</param>
    /// <param name="scope">The <see cref="IMeterFactory"/> that made it, to tell one host's meter from another's; null for all.</param>
    public MeterRecorder(string meterName, object? scope = null)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == meterName && (scope is null || ReferenceEquals(instrument.Meter.Scope, scope)))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.Start();
    }

    public sealed record Measurement(string Instrument, string? Unit, double Value, IReadOnlyDictionary<string, object?> Tags);

    public IReadOnlyList<Measurement> All => [.. _measurements];

    public IReadOnlyList<Measurement> Of(string instrument) => [.. _measurements.Where(measurement => measurement.Instrument == instrument)];

    public double Sum(string instrument, params (string Key, object? Value)[] tags) => Of(instrument)
        .Where(measurement => tags.All(tag => Equals(measurement.Tags.GetValueOrDefault(tag.Key), tag.Value)))
        .Sum(measurement => measurement.Value);

    /// <summary>Asks the observable instruments for their values now.</summary>
    public void Observe() => _listener.RecordObservableInstruments();

    public void Dispose() => _listener.Dispose();

    void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var copy = new Dictionary<string, object?>();
        foreach (var (key, tag) in tags)
            copy[key] = tag;
        _measurements.Enqueue(new(instrument.Name, instrument.Unit, value, copy));
    }
}
