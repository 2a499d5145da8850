namespace AiPlatform.InfraSidecar.Gpu;

/// <summary>A column of <c>--query-gpu</c>, by the names that driver generations gave it: the newest first.</summary>
sealed record SmiField(params string[] Names)
{
    public static readonly SmiField Index = new("index");
    public static readonly SmiField Uuid = new("uuid", "gpu_uuid");
    public static readonly SmiField Name = new("name", "gpu_name");
    public static readonly SmiField PciBusId = new("pci.bus_id", "gpu_bus_id");
    public static readonly SmiField DriverVersion = new("driver_version");
    public static readonly SmiField Pstate = new("pstate");
    public static readonly SmiField FanSpeed = new("fan.speed");
    public static readonly SmiField GpuTemperature = new("temperature.gpu");
    public static readonly SmiField MemoryTemperature = new("temperature.memory");
    public static readonly SmiField GpuUtilization = new("utilization.gpu");
    public static readonly SmiField MemoryUtilization = new("utilization.memory");
    public static readonly SmiField EncoderUtilization = new("utilization.encoder");
    public static readonly SmiField DecoderUtilization = new("utilization.decoder");
    public static readonly SmiField MemoryTotal = new("memory.total");
    public static readonly SmiField MemoryUsed = new("memory.used");
    public static readonly SmiField MemoryFree = new("memory.free");
    public static readonly SmiField MemoryReserved = new("memory.reserved");
    public static readonly SmiField PowerDraw = new("power.draw");
    public static readonly SmiField EnforcedPowerLimit = new("enforced.power.limit");
    public static readonly SmiField PowerLimit = new("power.limit");
    public static readonly SmiField SmClock = new("clocks.current.sm", "clocks.sm");
    public static readonly SmiField MemoryClock = new("clocks.current.memory", "clocks.mem");
    public static readonly SmiField ClockReasons = new("clocks_event_reasons.active", "clocks_throttle_reasons.active");
    public static readonly SmiField CorrectedErrors = new("ecc.errors.corrected.volatile.total");
    public static readonly SmiField UncorrectedErrors = new("ecc.errors.uncorrected.volatile.total");
    public static readonly SmiField MigMode = new("mig.mode.current");
    public static readonly SmiField RecoveryAction = new("gpu_recovery_action");

    /// <summary>What every driver of the last ten years answers: asked for when nvidia-smi does not say what it knows.</summary>
    public static readonly IReadOnlyList<SmiField> Basic =
    [
        Index, Uuid, Name, PciBusId, DriverVersion, Pstate, FanSpeed, GpuTemperature, GpuUtilization, MemoryUtilization, MemoryTotal, MemoryUsed,
        MemoryFree, PowerDraw, PowerLimit,
    ];

    public static readonly IReadOnlyList<SmiField> All =
    [
        .. Basic, MemoryTemperature, EncoderUtilization, DecoderUtilization, MemoryReserved, EnforcedPowerLimit, SmClock, MemoryClock, ClockReasons,
        CorrectedErrors, UncorrectedErrors, MigMode, RecoveryAction,
    ];
}
