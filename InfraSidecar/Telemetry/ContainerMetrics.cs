using System.Diagnostics.Metrics;
using AiPlatform.Contracts.Infra;
using static AiPlatform.InfraSidecar.Telemetry.Measured;

namespace AiPlatform.InfraSidecar.Telemetry;

/// <summary>Containers, by OpenTelemetry's conventions; at most as many as are reported, 200.</summary>
static class ContainerMetrics
{
    public static void Add(Meter meter, Func<InfraStatus> status)
    {
        IEnumerable<Measurement<T>> Each<T>(Func<ContainerStatus, IEnumerable<Measurement<T>>> measure)
            where T : struct => status().Containers.SelectMany(measure);

        meter.CreateObservableGauge("container.cpu.usage", () => Each(container => Of(container.Cpu.UsageCores, Tags(container))), "{cpu}",
            "Cores in use between the last two samples.");
        meter.CreateObservableCounter("container.cpu.time", () => Each(container => Of(container.Cpu.TimeS, Tags(container))), "s",
            "Processor time since the container started.");
        meter.CreateObservableUpDownCounter("container.memory.usage", () => Each(container => Of(container.Memory.UsedBytes, Tags(container))), "By",
            "Memory in use, without the page cache.");
        meter.CreateObservableUpDownCounter("infra.container.memory.limit", () => Each(container => Of(container.Memory.LimitBytes, Tags(container))), "By",
            "Memory the container may use; none without a limit.");
        meter.CreateObservableCounter("container.network.io", () => Each(Network), "By", "Bytes over all networks since the container started.");
        meter.CreateObservableCounter("container.disk.io", () => Each(Disk), "By", "Bytes over all disks since the container started.");
        meter.CreateObservableGauge("container.uptime", () => Uptime(status()), "s", "Time since the container started, while it runs.");
        meter.CreateObservableCounter("infra.container.restarts", () => Each(container => Of<long>(container.RestartCount, Tags(container))), "{restart}",
            "Times the engine started the container again.");
        meter.CreateObservableGauge("infra.container.healthy", () => Each(Health), "1", "1 while the container's own check passes, 0 while it fails.");
    }

    static IEnumerable<Measurement<long>> Network(ContainerStatus container) =>
    [
        .. Of(container.Network.RxBytes, Tags(container), Tag("network.io.direction", "receive")),
        .. Of(container.Network.TxBytes, Tags(container), Tag("network.io.direction", "transmit")),
    ];

    static IEnumerable<Measurement<long>> Disk(ContainerStatus container) =>
    [
        .. Of(container.Disk?.ReadBytes, Tags(container), Tag("disk.io.direction", "read")),
        .. Of(container.Disk?.WriteBytes, Tags(container), Tag("disk.io.direction", "write")),
    ];

    static IEnumerable<Measurement<double>> Uptime(InfraStatus status) =>
        from container in status.Containers
        where container is { State: "running", StartedAt: not null }
        select new Measurement<double>((status.GeneratedAt - container.StartedAt!.Value).TotalSeconds, Tags(container));

    static IEnumerable<Measurement<int>> Health(ContainerStatus container) => Of<int>(
        container.Health switch
        {
            "healthy" => 1,
            "unhealthy" => 0,
            _ => null,
        },
        Tags(container));

    static KeyValuePair<string, object?>[] Tags(ContainerStatus container) =>
        [Tag("container.id", container.Id), Tag("container.name", container.Name), Tag("container.image.name", container.Image)];
}
