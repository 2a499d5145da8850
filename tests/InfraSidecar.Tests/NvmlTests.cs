using System.Runtime.CompilerServices;
using AiPlatform.Contracts.Infra;
using AiPlatform.InfraSidecar.Gpu.Nvml;
using AiPlatform.InfraSidecar.Tests.Fakes;

namespace AiPlatform.InfraSidecar.Tests;

public sealed class NvmlTests
{
    [Fact]
    public void The_layouts_are_those_of_the_driver() => Assert.Equal(
        (24, 40, 8, 12, 68, 24, 40, 32),
        (Unsafe.SizeOf<NvmlMemory>(), Unsafe.SizeOf<NvmlMemoryV2>(), Unsafe.SizeOf<NvmlUtilization>(), Unsafe.SizeOf<NvmlTemperature>(),
            Unsafe.SizeOf<NvmlPciInfo>(), Unsafe.SizeOf<NvmlProcess>(), Unsafe.SizeOf<NvmlFieldValue>(), Unsafe.SizeOf<NvmlEvent>()));

    [Fact]
    public async Task A_card_is_reported_with_every_value_in_base_units()
    {
        using var nvml = await FakeNvml.WithAsync("xids=79@0 48@0 48@0 13@9");
        await using var sidecar = await RunningSidecar.StartAsync(nvml.Setting);

        var status = await sidecar.StatusWhenAsync(status => status.Sources.Gpu.Available);

        Assert.Equal(
            new SourceState { Available = true, Backend = "nvml", Stale = false },
            status.Sources.Gpu with { CollectedAt = null, AgeMs = null, DurationMs = null });
        Assert.Equal(InfraHealth.Ok, status.Status);
        var gpu = Assert.Single(status.Gpus);
        Assert.Equal([(48, 2), (79, 1)], gpu.XidErrors?.Select(xid => (xid.Code, xid.Count)));
        Assert.Equivalent(Expected() with { XidErrors = gpu.XidErrors }, gpu, strict: true);
    }

    [Fact]
    public async Task An_older_driver_is_read_by_the_calls_it_has()
    {
        using var nvml = await FakeNvml.OldAsync("driver=450.80.02");
        var gpu = await ReadCardAsync(nvml);

        var expected = Expected() with
        {
            DriverVersion = "450.80.02",
            // What this driver counts as used has the reserved memory in it.
            Memory = new GpuMemory { TotalBytes = 85_520_809_984, UsedBytes = 21_282_947_072, FreeBytes = 64_237_862_912, Utilization = 0.2489 },
            Temperature = new GpuTemperature { GpuC = 59 },
            Throttle = new GpuThrottle { Active = false, Reasons = [] },
            RecoveryAction = null,
            Mig = new GpuMig { Instances = [] },
            Processes = [new GpuProcess { Pid = 11 }],
            XidErrors = null,
        };
        Assert.Equivalent(expected, gpu, strict: true);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(13)]
    [InlineData(25)]
    [InlineData(26)]
    public async Task What_a_driver_refuses_is_null_and_never_zero(int code)
    {
        string[] refused =
        [
            "GetMemoryInfo_v2", "GetMemoryInfo", "GetUtilizationRates", "GetEncoderUtilization", "GetDecoderUtilization", "GetTemperatureV", "GetPciInfo_v3",
            "GetPowerUsage", "GetEnforcedPowerLimit", "GetTotalEnergyConsumption", "GetClockInfo", "GetFanSpeed", "GetPerformanceState",
            "GetCurrentClocksEventReasons", "GetTotalEccErrors", "GetFieldValues", "GetMigMode", "GetComputeRunningProcesses_v3", "RegisterEvents",
        ];
        using var nvml = await FakeNvml.WithAsync([.. refused.Select(name => $"nvmlDevice{name}={code}")]);

        var gpu = await ReadCardAsync(nvml);

        var expected = Expected() with
        {
            PciBusId = null,
            Utilization = new GpuUtilization(),
            Memory = new GpuMemory(),
            Temperature = new GpuTemperature { GpuC = 59 },
            Power = new GpuPower(),
            EnergyJ = null,
            Clocks = new GpuClocks(),
            FanRatio = null,
            Pstate = null,
            Throttle = new GpuThrottle { Reasons = [] },
            Ecc = new GpuEcc(),
            RecoveryAction = null,
            Mig = new GpuMig { Instances = [] },
            Processes = null,
            XidErrors = null,
        };
        Assert.Equivalent(expected, gpu, strict: true);
    }

    [Fact]
    public async Task A_driver_that_refuses_the_size_of_a_struct_is_asked_the_older_way()
    {
        using var nvml = await FakeNvml.WithAsync("nvmlDeviceGetMemoryInfo_v2=25", "nvmlDeviceGetTemperatureV=25");

        var gpu = await ReadCardAsync(nvml);

        Assert.Equal((21_282_947_072, null), (gpu.Memory.UsedBytes, gpu.Memory.ReservedBytes));
        Assert.Equal(59, gpu.Temperature.GpuC);
    }

    [Fact]
    public async Task A_card_in_multi_instance_mode_lists_its_slices_and_their_processes()
    {
        using var nvml = await FakeNvml.WithAsync("mig=1", "processes=0");

        var gpu = await ReadCardAsync(nvml);

        var memory = new GpuMemory
        {
            TotalBytes = 85_520_809_984,
            UsedBytes = 1_048_576,
            FreeBytes = 64_237_862_912,
            ReservedBytes = 502_267_904,
            Utilization = 0,
        };
        Assert.True(gpu.Mig.Enabled);
        Assert.Equal(
            [
                new GpuInstance(0, "MIG-0-0", "3g.40gb") { GpuInstanceId = 2, ComputeInstanceId = 0, Memory = memory },
                new GpuInstance(3, "MIG-0-1", "1g.10gb+me") { GpuInstanceId = 3, ComputeInstanceId = 0, Memory = memory },
            ],
            gpu.Mig.Instances);
        Assert.Equal(new GpuUtilization { Encoder = 0, Decoder = 0.05 }, gpu.Utilization);
        Assert.Equal([100, 100], gpu.Processes?.Select(process => process.Pid));
    }

    [Theory]
    [InlineData("processes=2", 2)]
    [InlineData("nvmlDeviceGetComputeRunningProcesses_v3@0=4", null)]
    public async Task A_card_that_tells_the_processes_of_its_slices_is_not_asked_for_them_twice(string cards, int? count)
    {
        using var nvml = await FakeNvml.WithAsync("mig=1", cards);

        Assert.Equal(count, (await ReadCardAsync(nvml)).Processes?.Count);
    }

    [Theory]
    [InlineData("535.54.03", null)]
    [InlineData("535.86.10", 20)]
    [InlineData("535.42.01", 20)]
    public async Task Processes_are_listed_unless_the_driver_is_known_to_tell_them_wrong(string driver, int? count)
    {
        using var nvml = await FakeNvml.WithAsync("processes=20", $"driver={driver}");

        Assert.Equal(count, (await ReadCardAsync(nvml)).Processes?.Count);
    }

    [Theory]
    [InlineData("recovery=1", GpuState.ResetRequired, "gpu_reset")]
    [InlineData("recovery=2", GpuState.ResetRequired, "node_reboot")]
    [InlineData("recovery=4", GpuState.Degraded, "drain_and_reset")]
    [InlineData("recovery=5", GpuState.Degraded, "recover_imex_domain")]
    [InlineData("recovery=6", GpuState.ResetRequired, "bus_reset")]
    [InlineData("recovery=7", GpuState.ResetRequired, "system_reboot")]
    [InlineData("recovery=9", GpuState.Degraded, "unknown")]
    [InlineData("recovery=-1", GpuState.Ok, null)]
    [InlineData("uncorrected=2", GpuState.Degraded, "none")]
    [InlineData("nvmlDeviceGetPowerUsage=16", GpuState.ResetRequired, "none")]
    [InlineData("nvmlDeviceGetPowerUsage=999", GpuState.Degraded, "none")]
    [InlineData("pstate=32", GpuState.Ok, "none")]
    public async Task A_card_in_trouble_is_named(string cards, GpuState expected, string? recovery)
    {
        using var nvml = await FakeNvml.WithAsync(cards);

        var gpu = await ReadCardAsync(nvml);

        Assert.Equal((expected, recovery), (gpu.State, gpu.RecoveryAction));
        Assert.Equal(cards == "pstate=32" ? null : 0, gpu.Pstate);
    }

    static async Task<GpuStatus> ReadCardAsync(FakeNvml nvml)
    {
        await using var sidecar = await RunningSidecar.StartAsync(nvml.Setting);
        var status = await sidecar.StatusWhenAsync(status => status.Sources.Gpu.Available);
        Assert.Equal("nvml", status.Sources.Gpu.Backend);
        return Assert.Single(status.Gpus);
    }

    static GpuStatus Expected() => new()
    {
        Index = 0,
        Uuid = "GPU-0",
        Name = "NVIDIA H100 80GB HBM3",
        State = GpuState.Ok,
        DriverVersion = "590.48.01",
        CudaVersion = "13.1",
        PciBusId = "00000000:09:00.0",
        Utilization = new GpuUtilization { Gpu = 0.97, MemoryController = 0.11, Encoder = 0, Decoder = 0.05 },
        Memory = new GpuMemory
        {
            TotalBytes = 85_520_809_984,
            UsedBytes = 20_780_679_168,
            FreeBytes = 64_237_862_912,
            ReservedBytes = 502_267_904,
            Utilization = 0.243,
        },
        Temperature = new GpuTemperature { GpuC = 60, MemoryC = 54 },
        Power = new GpuPower { DrawW = 631.95, LimitW = 700 },
        EnergyJ = 128_996,
        Clocks = new GpuClocks { SmHz = 1_980_000_000, MemoryHz = 2_619_000_000 },
        FanRatio = 0.27,
        Pstate = 0,
        Throttle = new GpuThrottle { Active = true, Reasons = ["power_cap"] },
        Ecc = new GpuEcc { CorrectedVolatile = 3, UncorrectedVolatile = 0 },
        RecoveryAction = "none",
        Mig = new GpuMig { Enabled = false, Instances = [] },
        Processes = [new GpuProcess { Pid = 100, Name = "python3", UsedBytes = 1_048_576 }],
        XidErrors = [],
    };
}
