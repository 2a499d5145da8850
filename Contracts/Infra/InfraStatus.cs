namespace AiPlatform.Contracts.Infra;

/// <summary>
/// What one AI server reports about itself: its GPUs, containers and model servers. Always served from the last sample, so it answers at once
/// even when a source hangs. A value the hardware or server does not report is null, never 0.
/// </summary>
/// <remarks>Units: ratios from 0 to 1, bytes, watts, joules, degrees Celsius, hertz, seconds.</remarks>
public sealed record InfraStatus
{
    /// <summary>The worst of the sources. A source that is absent or not configured does not count.</summary>
    public required InfraHealth Status { get; init; }

    /// <summary>UTC, by the sidecar's clock.</summary>
    public required DateTimeOffset GeneratedAt { get; init; }

    public required HostStatus Host { get; init; }
    public required InfraSources Sources { get; init; }

    /// <summary>Empty when the source is absent, failed for long, or not sampled yet: <see cref="InfraSources.Gpu"/> says which.</summary>
    public required IReadOnlyList<GpuStatus> Gpus { get; init; }

    /// <summary>Empty unless <see cref="InfraSources.Containers"/> is available.</summary>
    public required IReadOnlyList<ContainerStatus> Containers { get; init; }

    /// <summary>One entry for each configured model server, also for one that does not answer.</summary>
    public required IReadOnlyList<InferenceStatus> Inference { get; init; }
}
