namespace AiPlatform.Contracts.Infra;

/// <summary>One GPU. A value the driver does not report is null.</summary>
public sealed record GpuStatus
{
    /// <summary>The driver's number, which may change at a restart; null for a GPU that has left the driver's list.</summary>
    public int? Index { get; init; }

    /// <summary>Stays with the card, also when it is lost; null for a GPU that could not be read since the sidecar started, and for a lost one through nvidia-smi.</summary>
    public string? Uuid { get; init; }

    public string? Name { get; init; }
    public required GpuState State { get; init; }
    public string? DriverVersion { get; init; }
    public string? CudaVersion { get; init; }
    public string? PciBusId { get; init; }
    public required GpuUtilization Utilization { get; init; }
    public required GpuMemory Memory { get; init; }
    public required GpuTemperature Temperature { get; init; }
    public required GpuPower Power { get; init; }

    /// <summary>Joules since the driver was loaded.</summary>
    public double? EnergyJ { get; init; }

    public required GpuClocks Clocks { get; init; }

    /// <summary>Fan speed from 0 to 1; null for passively cooled cards.</summary>
    public double? FanRatio { get; init; }

    /// <summary>Performance state, 0 (fastest) to 15.</summary>
    public int? Pstate { get; init; }

    public required GpuThrottle Throttle { get; init; }
    public required GpuEcc Ecc { get; init; }

    /// <summary>Errors the driver has reported since the sidecar started; null where they cannot be listened to, as through nvidia-smi.</summary>
    public IReadOnlyList<GpuXid>? XidErrors { get; init; }

    /// <summary>
    /// What the driver asks for: <c>none</c>, <c>gpu_reset</c>, <c>node_reboot</c>, <c>drain_p2p</c>, <c>drain_and_reset</c>,
    /// <c>recover_imex_domain</c>, <c>bus_reset</c>, <c>system_reboot</c>, or <c>unknown</c> for what a later driver asks for; null where it does not tell.
    /// </summary>
    public string? RecoveryAction { get; init; }

    public required GpuMig Mig { get; init; }

    /// <summary>Compute processes; null where the driver may not tell, such as a container without the host's process ids.</summary>
    public IReadOnlyList<GpuProcess>? Processes { get; init; }
}

/// <summary>Whether a GPU can be worked with.</summary>
public enum GpuState
{
    Ok,

    /// <summary>Works, but the driver asks for a recovery, or uncorrected memory errors were counted.</summary>
    Degraded,

    /// <summary>Fell off the bus; the machine must be restarted.</summary>
    Lost,

    /// <summary>The driver asks for a reset of the card or a restart of the machine before anything runs on it again.</summary>
    ResetRequired,

    /// <summary>The driver answers with an error for this card.</summary>
    Error,

    Unknown,
}

/// <summary>
/// Share of time a part of the GPU was busy, from 0 to 1. Not a measure of saturation for model servers: see
/// <see cref="InferenceStatus.KvCacheUsage"/> and <see cref="InferenceRequests.Waiting"/>. Null on a GPU in MIG mode.
/// </summary>
public sealed record GpuUtilization
{
    public double? Gpu { get; init; }
    public double? MemoryController { get; init; }
    public double? Encoder { get; init; }
    public double? Decoder { get; init; }
}

/// <summary>Memory of the GPU, in bytes.</summary>
public sealed record GpuMemory
{
    public long? TotalBytes { get; init; }
    public long? UsedBytes { get; init; }
    public long? FreeBytes { get; init; }

    /// <summary>Held by driver and firmware; not part of <see cref="UsedBytes"/>.</summary>
    public long? ReservedBytes { get; init; }

    /// <summary>Used of total, from 0 to 1. A model server takes most of it at start, whatever it does.</summary>
    public double? Utilization { get; init; }
}

/// <summary>Degrees Celsius.</summary>
public sealed record GpuTemperature
{
    public double? GpuC { get; init; }
    public double? MemoryC { get; init; }
}

/// <summary>Watts.</summary>
public sealed record GpuPower
{
    public double? DrawW { get; init; }

    /// <summary>The limit that is enforced now.</summary>
    public double? LimitW { get; init; }
}

/// <summary>Hertz.</summary>
public sealed record GpuClocks
{
    public long? SmHz { get; init; }
    public long? MemoryHz { get; init; }
}

/// <summary>Whether the clocks are held down, and why.</summary>
public sealed record GpuThrottle
{
    /// <summary>Something other than idleness or a chosen clock slows the card; null where the driver does not tell.</summary>
    public bool? Active { get; init; }

    /// <summary>
    /// <c>power_cap</c>, <c>hardware_slowdown</c>, <c>sync_boost</c>, <c>software_thermal</c>, <c>hardware_thermal</c>, <c>power_brake</c>.
    /// </summary>
    public required IReadOnlyList<string> Reasons { get; init; }
}

/// <summary>Memory errors since the driver was loaded.</summary>
public sealed record GpuEcc
{
    public long? CorrectedVolatile { get; init; }
    public long? UncorrectedVolatile { get; init; }
}

/// <summary>Multi-instance mode: the card is cut into slices that work on their own.</summary>
public sealed record GpuMig
{
    /// <summary>Null on cards that cannot be cut.</summary>
    public bool? Enabled { get; init; }

    public required IReadOnlyList<GpuInstance> Instances { get; init; }
}

/// <summary>One slice of a GPU.</summary>
/// <param name="Index">The slice's number on its GPU.</param>
/// <param name="Uuid">What CUDA_VISIBLE_DEVICES takes.</param>
/// <param name="Profile">Compute and memory share, such as <c>3g.40gb</c>.</param>
public sealed record GpuInstance(int Index, string Uuid, string? Profile)
{
    /// <summary>The driver's number of the slice's share of the GPU; null through nvidia-smi.</summary>
    public int? GpuInstanceId { get; init; }

    /// <summary>The driver's number of the slice within that share; null through nvidia-smi.</summary>
    public int? ComputeInstanceId { get; init; }

    /// <summary>The slice's own memory; null through nvidia-smi.</summary>
    public GpuMemory? Memory { get; init; }
}

/// <summary>One kind of error that the driver reports of a GPU, by NVIDIA's number: 79 is a card that has fallen off the bus.</summary>
/// <param name="Code">The XID.</param>
/// <param name="Count">How often it came since the sidecar started.</param>
/// <param name="LastAt">When the sidecar last learned of one, UTC.</param>
public sealed record GpuXid(int Code, long Count, DateTimeOffset LastAt);

/// <summary>A process that computes on the GPU.</summary>
public sealed record GpuProcess
{
    public required int Pid { get; init; }

    /// <summary>The program's name without path and arguments.</summary>
    public string? Name { get; init; }

    public long? UsedBytes { get; init; }

    /// <summary>The container it runs in, where that is known.</summary>
    public string? Container { get; init; }
}
