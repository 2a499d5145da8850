using System.Runtime.CompilerServices;
using AiPlatform.Contracts.Infra;

namespace AiPlatform.InfraSidecar.Gpu.Nvml;

/// <summary>Reads one card. What the driver refuses is null; refusals that tell of a fault are kept in <see cref="Faults"/>.</summary>
sealed class NvmlDevice(NvmlLibrary nvml, nint handle)
{
    // Sensors, clocks, error and counter types, and fields, by their numbers in nvml.h.
    const uint CoreSensor = 0, SmClock = 1, MemoryClock = 2, Corrected = 0, Uncorrected = 1, SinceBoot = 0;
    const uint MemoryTemperatureField = 82, RecoveryField = 230;
    const uint UnknownPstate = 32;

    readonly HashSet<NvmlReturn> _faults = [];

    public IReadOnlySet<NvmlReturn> Faults => _faults;

    public GpuStatus Read(int index, NvmlVersions versions)
    {
        var isCut = Known(nvml.ReadPair("nvmlDeviceGetMigMode", handle, out var current, out _), current);
        var gpu = new GpuStatus
        {
            Index = index,
            Uuid = Text("nvmlDeviceGetUUID"),
            Name = Text("nvmlDeviceGetName"),
            State = GpuState.Unknown,
            DriverVersion = versions.Driver,
            CudaVersion = versions.Cuda,
            PciBusId = BusId(),
            Utilization = Utilization(),
            Memory = NvmlMemoryReader.Read(nvml, handle, Note),
            Temperature = new GpuTemperature { GpuC = CoreTemperature(), MemoryC = Field(MemoryTemperatureField) },
            Power = new GpuPower { DrawW = Whole("nvmlDeviceGetPowerUsage") / 1000d, LimitW = Whole("nvmlDeviceGetEnforcedPowerLimit") / 1000d },
            EnergyJ = Long("nvmlDeviceGetTotalEnergyConsumption") / 1000d,
            Clocks = new GpuClocks { SmHz = Clock(SmClock), MemoryHz = Clock(MemoryClock) },
            FanRatio = Whole("nvmlDeviceGetFanSpeed") / 100d,
            Pstate = Whole("nvmlDeviceGetPerformanceState") is { } state and not UnknownPstate ? (int)state : null,
            Throttle = ClockReasons.Read(Long("nvmlDeviceGetCurrentClocksEventReasons") ?? Long("nvmlDeviceGetCurrentClocksThrottleReasons")),
            Ecc = new GpuEcc { CorrectedVolatile = MemoryErrors(Corrected), UncorrectedVolatile = MemoryErrors(Uncorrected) },
            RecoveryAction = Field(RecoveryField) is { } action ? GpuRecovery.OfNumber(action) : null,
            Mig = new GpuMig { Enabled = isCut is { } mode ? mode == 1 : null, Instances = [] },
        };
        // Not the same as "not supported": a card that is not cut has no slices to ask for.
        NvmlSlices? slices = gpu.Mig.Enabled is true ? new NvmlSlices(nvml, handle) : null;
        gpu = gpu with
        {
            Mig = gpu.Mig with { Instances = slices?.Read(Note) ?? [] },
            Processes = NvmlProcesses.Read(nvml, handle, slices?.Handles ?? [], versions),
        };
        return gpu with { State = Health.Judge(gpu) };
    }

    GpuHealth Health => new(
        _faults.Contains(NvmlReturn.GpuIsLost), _faults.Contains(NvmlReturn.ResetRequired), _faults.Contains(NvmlReturn.Unknown));

    GpuUtilization Utilization()
    {
        var rates = Struct<NvmlUtilization>("nvmlDeviceGetUtilizationRates");
        return new GpuUtilization
        {
            Gpu = rates?.Gpu / 100d,
            MemoryController = rates?.Memory / 100d,
            Encoder = Coder("nvmlDeviceGetEncoderUtilization"),
            Decoder = Coder("nvmlDeviceGetDecoderUtilization"),
        };
    }

    double? Coder(string function) => Known(nvml.ReadPair(function, handle, out var percent, out _), percent) / 100d;

    double? CoreTemperature()
    {
        var reading = new NvmlTemperature { Version = Versioned<NvmlTemperature>(1), Sensor = CoreSensor };
        if (nvml.Fill("nvmlDeviceGetTemperatureV", handle, ref reading) == NvmlReturn.Success)
            return reading.Celsius;
        // Deprecated, and all there is in drivers of last year.
        return Known(nvml.ReadKind("nvmlDeviceGetTemperature", handle, CoreSensor, out uint celsius), celsius);
    }

    long? Clock(uint clock) => Known(nvml.ReadKind("nvmlDeviceGetClockInfo", handle, clock, out uint megahertz), megahertz) * 1_000_000L;

    long? MemoryErrors(uint type) => (long?)Known(nvml.ReadErrors(handle, type, SinceBoot, out var count), count);

    string? BusId() => Struct<NvmlPciInfo>("nvmlDeviceGetPciInfo_v3") is { } pci ? NvmlLibrary.Text(pci.BusId) : null;

    uint? Field(uint id)
    {
        Span<NvmlFieldValue> asked = [new NvmlFieldValue { Field = id }];
        if (Note(nvml.FillFields(handle, asked)) != NvmlReturn.Success || Note(asked[0].Return) != NvmlReturn.Success)
            return null;
        return (uint)asked[0].Value;
    }

    string? Text(string function) => Note(nvml.ReadText(function, handle, out var text)) == NvmlReturn.Success && text.Length > 0 ? text : null;

    uint? Whole(string function) => Struct<uint>(function);

    ulong? Long(string function) => Struct<ulong>(function);

    T? Struct<T>(string function)
        where T : unmanaged
    {
        T value = default;
        return Known(nvml.Fill(function, handle, ref value), value);
    }

    T? Known<T>(NvmlReturn code, T value)
        where T : struct => Note(code) == NvmlReturn.Success ? value : null;

    NvmlReturn Note(NvmlReturn code)
    {
        if (code is NvmlReturn.GpuIsLost or NvmlReturn.ResetRequired or NvmlReturn.Unknown || NvmlFailure.EndsSession(code))
            _faults.Add(code);
        return code;
    }

    /// <summary>What the library checks before it writes into a struct: its version and its size.</summary>
    public static uint Versioned<T>(uint version) => (uint)Unsafe.SizeOf<T>() | (version << 24);
}
