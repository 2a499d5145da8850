using AiPlatform.Contracts.Infra;
using AiPlatform.InfraSidecar.Tests.Fakes;

namespace AiPlatform.InfraSidecar.Tests;

public sealed class GpuTests
{
    [Fact]
    public async Task A_card_is_reported_with_every_value_in_base_units()
    {
        using var smi = await FakeNvidiaSmi.WithCardsAsync(Cards.H100);
        smi.Write("apps",
            """
            gpu_uuid, pid, process_name, used_gpu_memory [MiB]
            GPU-5f2c1a77-0d3e-4f5b-9f0e-2b1f7f0b6c11, 11327, VLLM::EngineCore, 19300 MiB

            """);
        await using var sidecar = await RunningSidecar.StartAsync(smi.Setting);

        var status = await sidecar.StatusWhenAsync(status => status.Sources.Gpu.Available);

        var expected = new GpuStatus
        {
            Index = 0,
            Uuid = "GPU-5f2c1a77-0d3e-4f5b-9f0e-2b1f7f0b6c11",
            Name = "NVIDIA H100 80GB HBM3",
            State = GpuState.Ok,
            DriverVersion = "590.48.01",
            CudaVersion = "13.1",
            PciBusId = "00000000:00:09.0",
            Utilization = new GpuUtilization { Gpu = 0.97, MemoryController = 0.11, Encoder = 0, Decoder = 0 },
            Memory = new GpuMemory
            {
                TotalBytes = 85_520_809_984,
                UsedBytes = 20_780_679_168,
                FreeBytes = 64_237_862_912,
                ReservedBytes = 502_267_904,
                Utilization = 0.243,
            },
            Temperature = new GpuTemperature { GpuC = 59, MemoryC = 54 },
            Power = new GpuPower { DrawW = 631.95, LimitW = 700 },
            Clocks = new GpuClocks { SmHz = 1_980_000_000, MemoryHz = 2_619_000_000 },
            Pstate = 0,
            Throttle = new GpuThrottle { Active = true, Reasons = ["power_cap"] },
            Ecc = new GpuEcc { CorrectedVolatile = 0, UncorrectedVolatile = 0 },
            RecoveryAction = "none",
            Mig = new GpuMig { Enabled = false, Instances = [] },
            Processes = [new GpuProcess { Pid = 11327, Name = "VLLM::EngineCore", UsedBytes = 20_237_516_800 }],
        };
        Assert.Equivalent(new[] { expected }, status.Gpus, strict: true);
        Assert.Equal(
            new SourceState { Available = true, Backend = "nvidia-smi", Stale = false },
            status.Sources.Gpu with { CollectedAt = null, AgeMs = null, DurationMs = null });
        Assert.Equal(InfraHealth.Ok, status.Status);
    }

    [Fact]
    public async Task An_older_driver_is_asked_only_for_what_it_knows()
    {
        using var smi = await FakeNvidiaSmi.WithCardsAsync(Cards.Gtx1080);
        await using var sidecar = await RunningSidecar.StartAsync(smi.Setting);

        var gpu = Assert.Single((await sidecar.StatusWhenAsync(status => status.Sources.Gpu.Available)).Gpus);

        Assert.Equal((GpuState.Ok, "NVIDIA GeForce GTX 1080", 0.27, 8), (gpu.State, gpu.Name, gpu.FanRatio, gpu.Pstate));
        Assert.Equal((7.42, 180), (gpu.Power.DrawW, gpu.Power.LimitW));
        Assert.Equal(61_865_984, gpu.Memory.UsedBytes);
        Assert.Null(gpu.Memory.ReservedBytes);
        Assert.False(gpu.Throttle.Active);
        Assert.Null(gpu.Mig.Enabled);
    }

    [Fact]
    public async Task Every_spelling_of_not_known_is_null()
    {
        using var smi = await FakeNvidiaSmi.WithCardsAsync(Cards.H100.With(
            ("temperature.memory", "N/A"),
            ("utilization.gpu", "[N/A]"),
            ("utilization.memory", "[Not Supported]"),
            ("utilization.encoder", "[Requested functionality has been deprecated]"),
            ("utilization.decoder", "[Insufficient Permissions]"),
            ("memory.reserved", ""),
            ("power.draw", "[Some later spelling]"),
            ("enforced.power.limit", "[N/A]"),
            ("power.limit", "ERR!"),
            ("clocks_event_reasons.active", "[N/A]"),
            ("pstate", "[N/A]"),
            ("ecc.errors.corrected.volatile.total", "N/A"),
            ("mig.mode.current", "[N/A]"),
            ("gpu_recovery_action", "[N/A]")));
        await using var sidecar = await RunningSidecar.StartAsync(smi.Setting);

        var gpu = Assert.Single((await sidecar.StatusWhenAsync(status => status.Sources.Gpu.Available)).Gpus);

        Assert.Equal(new GpuUtilization(), gpu.Utilization);
        Assert.Equal(new GpuPower(), gpu.Power);
        Assert.Equal(new GpuTemperature { GpuC = 59 }, gpu.Temperature);
        Assert.Null(gpu.Memory.ReservedBytes);
        Assert.Null(gpu.Throttle.Active);
        Assert.Null(gpu.Pstate);
        Assert.Equal(new GpuEcc { UncorrectedVolatile = 0 }, gpu.Ecc);
        Assert.Null(gpu.Mig.Enabled);
        Assert.Null(gpu.RecoveryAction);
        Assert.Equal(GpuState.Ok, gpu.State);
    }

    [Fact]
    public async Task A_card_in_multi_instance_mode_lists_its_slices()
    {
        using var smi = await FakeNvidiaSmi.WithCardsAsync(
            Cards.H100.With(("mig.mode.current", "Enabled"), ("utilization.gpu", "[N/A]"), ("utilization.memory", "[N/A]")));
        smi.Write("list",
            """
            GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-5f2c1a77-0d3e-4f5b-9f0e-2b1f7f0b6c11)
              MIG 3g.40gb     Device  0: (UUID: MIG-8f0a2f5e-7d1c-5d8e-9c62-2a9b1a0c7f01)
              MIG 1g.10gb+me  Device  1: (UUID: MIG-1f35b3b4-3f1d-5c77-8d2e-77a6f0e6c902)

            """);
        await using var sidecar = await RunningSidecar.StartAsync(smi.Setting);

        var gpu = Assert.Single((await sidecar.StatusWhenAsync(status => status.Sources.Gpu.Available)).Gpus);

        Assert.True(gpu.Mig.Enabled);
        Assert.Equal(
            [
                new GpuInstance(0, "MIG-8f0a2f5e-7d1c-5d8e-9c62-2a9b1a0c7f01", "3g.40gb"),
                new GpuInstance(1, "MIG-1f35b3b4-3f1d-5c77-8d2e-77a6f0e6c902", "1g.10gb+me"),
            ],
            gpu.Mig.Instances);
        Assert.Equal(new GpuUtilization { Encoder = 0, Decoder = 0 }, gpu.Utilization);
        Assert.Equal(20_780_679_168, gpu.Memory.UsedBytes);
    }

    [Fact]
    public async Task Process_names_carry_neither_paths_nor_arguments()
    {
        using var smi = await FakeNvidiaSmi.WithCardsAsync(Cards.H100);
        smi.Write("apps",
            """
            gpu_uuid, pid, process_name, used_gpu_memory [MiB]
            GPU-5f2c1a77-0d3e-4f5b-9f0e-2b1f7f0b6c11, 10, /usr/bin/python3 serve.py --api-key /secret, a, b, 100 MiB
            GPU-5f2c1a77-0d3e-4f5b-9f0e-2b1f7f0b6c11, 11, [Not Found], [N/A]
            GPU-of-another-server, 12, ollama, 100 MiB
            GPU-5f2c1a77-0d3e-4f5b-9f0e-2b1f7f0b6c11, [N/A], ghost, 100 MiB

            """);
        await using var sidecar = await RunningSidecar.StartAsync(smi.Setting);

        var gpu = Assert.Single((await sidecar.StatusWhenAsync(status => status.Sources.Gpu.Available)).Gpus);

        Assert.Equal([new GpuProcess { Pid = 10, Name = "python3", UsedBytes = 104_857_600 }, new GpuProcess { Pid = 11 }], gpu.Processes);
    }

    [Theory]
    [InlineData("Unable to determine the device handle for GPU1: 0000:44:00.0: Unknown Error", 1, "0000:44:00.0", GpuState.Error)]
    [InlineData("Unable to determine the device handle for GPU 0000:44:00.0: GPU is lost.  Reboot the system", null, "0000:44:00.0", GpuState.Lost)]
    [InlineData("Unable to determine the device handle for GPU0000:44:00.0: Unknown Error", null, "0000:44:00.0", GpuState.Error)]
    [InlineData("Unable to determine the device handle for GPU2: Unknown Error", 2, null, GpuState.Error)]
    public async Task One_card_that_is_lost_does_not_hide_the_others(string remark, int? index, string? bus, GpuState state)
    {
        using var smi = await FakeNvidiaSmi.WithCardsAsync(Cards.H100);
        smi.Write("remarks", remark + "\n");
        await using var sidecar = await RunningSidecar.StartAsync(smi.Setting);

        var status = await sidecar.StatusWhenAsync(status => status.Sources.Gpu.Available);

        Assert.Equal([(0, "00000000:00:09.0", GpuState.Ok), (index, bus, state)], status.Gpus.Select(gpu => (gpu.Index, gpu.PciBusId, gpu.State)));
        Assert.Equal(new InfraError("gpu_lost", "The driver cannot reach 1 of 2 GPUs."), status.Sources.Gpu.Error);
        Assert.Equal(InfraHealth.Degraded, status.Status);
    }

    [Theory]
    [InlineData("gpu_recovery_action", "GPU Reset", GpuState.ResetRequired)]
    [InlineData("gpu_recovery_action", "Node Reboot", GpuState.ResetRequired)]
    [InlineData("temperature.gpu", "[GPU requires reset]", GpuState.ResetRequired)]
    [InlineData("power.draw", "[Unknown Error]", GpuState.Degraded)]
    [InlineData("memory.used", "[GPU is lost]", GpuState.Lost)]
    [InlineData("ecc.errors.uncorrected.volatile.total", "2", GpuState.Degraded)]
    public async Task A_card_in_trouble_is_named(string column, string value, GpuState expected)
    {
        using var smi = await FakeNvidiaSmi.WithCardsAsync(Cards.H100.With((column, value)));
        await using var sidecar = await RunningSidecar.StartAsync(smi.Setting);

        var status = await sidecar.StatusWhenAsync(status => status.Sources.Gpu.Available);

        Assert.Equal(expected, Assert.Single(status.Gpus).State);
        Assert.Equal(InfraHealth.Degraded, status.Status);
    }
}
