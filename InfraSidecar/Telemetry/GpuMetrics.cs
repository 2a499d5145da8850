using System.Diagnostics.Metrics;
using System.Globalization;
using AiPlatform.Contracts.Infra;
using static AiPlatform.InfraSidecar.Telemetry.Measured;

namespace AiPlatform.InfraSidecar.Telemetry;

/// <summary>GPUs, by OpenTelemetry's hardware conventions; what those do not name is <c>infra.gpu.…</c>.</summary>
static class GpuMetrics
{
    static readonly GpuState[] Failed = [GpuState.Lost, GpuState.ResetRequired, GpuState.Error];

    public static void Add(Meter meter, Func<IReadOnlyList<GpuStatus>> gpus)
    {
        meter.CreateObservableGauge("hw.gpu.utilization", () => gpus().SelectMany(Utilization), "1",
            "Share of time a part of the GPU was busy. Not a measure of saturation for model servers.");
        meter.CreateObservableUpDownCounter("hw.gpu.memory.usage", () => gpus().SelectMany(gpu => Memory(gpu, memory => memory.UsedBytes)), "By",
            "GPU memory in use.");
        meter.CreateObservableUpDownCounter("hw.gpu.memory.limit", () => gpus().SelectMany(gpu => Memory(gpu, memory => memory.TotalBytes)), "By",
            "GPU memory there is.");
        meter.CreateObservableGauge("hw.gpu.memory.utilization", () => gpus().SelectMany(gpu => Memory(gpu, memory => memory.Utilization)), "1",
            "Used of all GPU memory.");
        meter.CreateObservableGauge("hw.power", () => gpus().SelectMany(gpu => Of(gpu.Power.DrawW, Part(gpu))), "W", "Power the GPU draws.");
        meter.CreateObservableCounter("hw.energy", () => gpus().SelectMany(gpu => Of(gpu.EnergyJ, Part(gpu))), "J",
            "Energy the GPU has taken since the driver was loaded.");
        meter.CreateObservableGauge("hw.temperature", () => gpus().SelectMany(Temperature), "Cel", "Temperature of the GPU.");
        meter.CreateObservableGauge("hw.fan.speed_ratio", () => gpus().SelectMany(gpu => Of(gpu.FanRatio, Part(gpu))), "1", "Fan speed of the GPU.");
        meter.CreateObservableCounter("hw.errors", () => gpus().SelectMany(Errors), "{error}",
            "Memory errors since the driver was loaded, and XID errors since the sidecar was.");
        meter.CreateObservableUpDownCounter("hw.status", () => gpus().SelectMany(Status), "1", "1 for the state the GPU is in, 0 for the others.");
        meter.CreateObservableGauge("infra.gpu.memory_controller.utilization",
            () => gpus().SelectMany(gpu => Of(gpu.Utilization.MemoryController, Card(gpu))), "1", "Share of time the GPU's memory was read or written.");
        meter.CreateObservableGauge("infra.gpu.clock.frequency", () => gpus().SelectMany(Clocks), "Hz", "Clock of a part of the GPU.");
        meter.CreateObservableGauge("infra.gpu.power.limit", () => gpus().SelectMany(gpu => Of(gpu.Power.LimitW, Card(gpu))), "W", "Enforced power limit.");
        meter.CreateObservableGauge("infra.gpu.throttle.active", () => gpus().SelectMany(Throttle), "1", "1 while something holds the GPU's clocks down.");
    }

    static IEnumerable<Measurement<double>> Utilization(GpuStatus gpu) =>
    [
        .. Of(gpu.Utilization.Gpu, Card(gpu), Tag("hw.gpu.task", "general")),
        .. Of(gpu.Utilization.Encoder, Card(gpu), Tag("hw.gpu.task", "encoder")),
        .. Of(gpu.Utilization.Decoder, Card(gpu), Tag("hw.gpu.task", "decoder")),
    ];

    /// <summary>Of the card, and of its slices: those carry their card as hw.parent, so that sums can leave one of the two out.</summary>
    static IEnumerable<Measurement<T>> Memory<T>(GpuStatus gpu, Func<GpuMemory, T?> value)
        where T : struct =>
    [
        .. Of(value(gpu.Memory), Card(gpu)),
        .. gpu.Mig.Instances.SelectMany(slice => Of(slice.Memory is null ? null : value(slice.Memory), Slice(gpu, slice))),
    ];

    static IEnumerable<Measurement<double>> Temperature(GpuStatus gpu) =>
    [
        .. Of(gpu.Temperature.GpuC, Part(gpu), Tag("hw.sensor_location", "gpu")),
        .. Of(gpu.Temperature.MemoryC, Part(gpu), Tag("hw.sensor_location", "memory")),
    ];

    static IEnumerable<Measurement<long>> Errors(GpuStatus gpu) =>
    [
        .. Of(gpu.Ecc.CorrectedVolatile, Part(gpu), Tag("error.type", "corrected")),
        .. Of(gpu.Ecc.UncorrectedVolatile, Part(gpu), Tag("error.type", "uncorrected")),
        .. (gpu.XidErrors ?? []).SelectMany(xid =>
            Of<long>(xid.Count, Part(gpu), Tag("error.type", string.Create(CultureInfo.InvariantCulture, $"xid_{xid.Code}")))),
    ];

    static IEnumerable<Measurement<int>> Status(GpuStatus gpu)
    {
        if (gpu.State is GpuState.Unknown)
            return [];
        var state = gpu.State is GpuState.Ok ? "ok" : Failed.Contains(gpu.State) ? "failed" : "degraded";
        return from known in (string[])["ok", "degraded", "failed"]
               select new Measurement<int>(known == state ? 1 : 0, [.. Part(gpu), Tag("hw.state", known)]);
    }

    static IEnumerable<Measurement<long>> Clocks(GpuStatus gpu) =>
    [
        .. Of(gpu.Clocks.SmHz, Card(gpu), Tag("infra.gpu.clock", "sm")),
        .. Of(gpu.Clocks.MemoryHz, Card(gpu), Tag("infra.gpu.clock", "memory")),
    ];

    static IEnumerable<Measurement<int>> Throttle(GpuStatus gpu) =>
        Of(gpu.Throttle.Active is { } active ? active ? 1 : 0 : (int?)null, Card(gpu));

    static KeyValuePair<string, object?>[] Slice(GpuStatus gpu, GpuInstance slice) =>
        [Tag("hw.id", slice.Uuid), Tag("hw.name", slice.Profile), Tag("hw.vendor", "NVIDIA"), Tag("hw.parent", gpu.Uuid)];

    /// <summary>A card that was lost before it was ever read has no UUID; its place on the bus, or its number, stands for it.</summary>
    static KeyValuePair<string, object?>[] Card(GpuStatus gpu)
    {
        var name = gpu.Index is { } index ? string.Create(CultureInfo.InvariantCulture, $"GPU {index}") : "GPU";
        return
        [
            Tag("hw.id", gpu.Uuid ?? gpu.PciBusId ?? name), Tag("hw.name", name), Tag("hw.model", gpu.Name), Tag("hw.vendor", "NVIDIA"),
            Tag("hw.driver_version", gpu.DriverVersion),
        ];
    }

    /// <summary>For instruments that other kinds of hardware have too.</summary>
    static KeyValuePair<string, object?>[] Part(GpuStatus gpu) => [.. Card(gpu), Tag("hw.type", "gpu")];
}
