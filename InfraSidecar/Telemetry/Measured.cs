using System.Diagnostics.Metrics;

namespace AiPlatform.InfraSidecar.Telemetry;

/// <summary>Turns values that may be unknown into measurements.</summary>
static class Measured
{
    /// <summary>One measurement, or none where the value is not known.</summary>
    public static IEnumerable<Measurement<T>> Of<T>(T? value, IEnumerable<KeyValuePair<string, object?>> tags, params KeyValuePair<string, object?>[] more)
        where T : struct => value is { } known ? [new Measurement<T>(known, [.. tags, .. more])] : [];

    public static KeyValuePair<string, object?> Tag(string name, object? value) => new(name, value);
}
