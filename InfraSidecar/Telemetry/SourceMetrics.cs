using System.Diagnostics.Metrics;
using AiPlatform.Contracts.Infra;
using static AiPlatform.InfraSidecar.Telemetry.Measured;

namespace AiPlatform.InfraSidecar.Telemetry;

/// <summary>How well the sources are read. A source that is absent or not configured gives nothing.</summary>
static class SourceMetrics
{
    public static void Add(Meter meter, Func<InfraSources> sources)
    {
        meter.CreateObservableGauge("infra.collector.success", () => Each(sources(), Success), "1",
            "1 while the last attempt to read the source gave values, if not of all its parts, and they are not too old.");
        meter.CreateObservableGauge("infra.collector.duration", () => Each(sources(), source => source.DurationMs / 1000d), "s",
            "Time the last successful sample took.");
        meter.CreateObservableGauge("infra.collector.age", () => Each(sources(), source => source.AgeMs / 1000d), "s", "Age of the last sample.");
    }

    static double? Success(SourceState source) => source.Detail is not null ? null : source is { Available: true, HasFailed: false } ? 1 : 0;

    static IEnumerable<Measurement<double>> Each(InfraSources sources, Func<SourceState, double?> value) =>
    [
        .. Of(value(sources.Gpu), [Tag("infra.source", "gpu")]),
        .. Of(value(sources.Containers), [Tag("infra.source", "containers")]),
        .. Of(value(sources.Vllm), [Tag("infra.source", "vllm")]),
    ];
}
