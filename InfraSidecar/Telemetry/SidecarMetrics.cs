using System.Diagnostics.Metrics;

namespace AiPlatform.InfraSidecar.Telemetry;

/// <summary>
/// The status as instruments: what <c>GET /status</c> tells, under OpenTelemetry's names where it has any. They read the last samples and ask no driver
/// and no server; a value that is not known gives no measurement, never 0.
/// </summary>
sealed class SidecarMetrics
{
    /// <summary>The meter's name.</summary>
    public const string Name = "AiPlatform.InfraSidecar";

    public SidecarMetrics(IMeterFactory meters, StatusReport report)
    {
        var meter = meters.Create(Name);
        GpuMetrics.Add(meter, () => report.Current().Gpus);
        ContainerMetrics.Add(meter, () => report.Current());
        InferenceMetrics.Add(meter, () => report.Current().Inference);
        SourceMetrics.Add(meter, () => report.Current().Sources);
    }
}
