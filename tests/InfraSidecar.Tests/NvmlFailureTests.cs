using AiPlatform.Contracts.Infra;
using AiPlatform.InfraSidecar.Gpu;
using AiPlatform.InfraSidecar.Gpu.Nvml;
using AiPlatform.InfraSidecar.Tests.Fakes;
using AiPlatform.Testing;
using Microsoft.Extensions.Options;

namespace AiPlatform.InfraSidecar.Tests;

public sealed class NvmlFailureTests
{
    readonly ManualTimeProvider _time = new();

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_a_driver_there_is_no_fault_and_a_path_that_was_configured_must_exist()
    {
        Assert.Equal(
            new GpuReading.Absent("no-nvml cannot be loaded: the server has no NVIDIA driver, or the container was not given its utility libraries."),
            await Source("no-nvml").ReadAsync(Ct));
        Assert.Equal(
            new GpuReading.Failed(new("no_library", "/opt/nowhere/nvml.so cannot be loaded (NVML_LIBRARY).")), await Source("/opt/nowhere/nvml.so").ReadAsync(Ct));
    }

    [Theory]
    [InlineData("nvmlInitWithFlags=9", "driver_not_loaded", "nvmlInit of {0} returned 9 (Driver Not Loaded).")]
    [InlineData("nvmlInitWithFlags=18", "driver_mismatch", "nvmlInit of {0} returned 18 (Some Error).")]
    [InlineData("nvmlDeviceGetCount_v2=15", "gpu_lost", "nvmlDeviceGetCount_v2 of {0} returned 15 (GPU is lost).")]
    [InlineData("nvmlDeviceGetCount_v2=999", "failed", "nvmlDeviceGetCount_v2 of {0} returned 999 (Some Error).")]
    [InlineData("nvmlDeviceGetHandleByIndex_v2=4", "no_permission", "nvmlDeviceGetHandleByIndex_v2 of {0} returned 4 (Some Error).")]
    [InlineData("devices=0", "no_devices", "{0} finds no GPU although the driver is installed.")]
    public async Task A_library_that_refuses_is_begun_anew_at_the_next_sample(string cards, string code, string message)
    {
        using var nvml = await FakeNvml.WithAsync(cards);
        var source = Source(nvml.Path);

        var error = new InfraError(code, message.Replace("{0}", nvml.Path, StringComparison.Ordinal));
        Assert.Equal(new GpuReading.Failed(error), await source.ReadAsync(Ct));
        nvml.Write();
        Assert.Null((await ReadAsync(source)).Error);
    }

    [Theory]
    [InlineData("nvmlDeviceGetHandleByIndex_v2@1=15", GpuState.Lost)]
    [InlineData("nvmlDeviceGetHandleByIndex_v2@1=16", GpuState.ResetRequired)]
    [InlineData("nvmlDeviceGetHandleByIndex_v2@1=999", GpuState.Error)]
    [InlineData("nvmlDeviceGetMemoryInfo_v2@1=15", GpuState.Lost)]
    [InlineData("devices=1", GpuState.Lost)]
    public async Task A_card_that_is_lost_keeps_its_name_and_does_not_hide_the_others(string fault, GpuState state)
    {
        using var nvml = await FakeNvml.WithAsync("devices=2", "xids=13@0");
        var source = Source(nvml.Path);
        Assert.Equal([GpuState.Ok, GpuState.Ok], (await ReadAsync(source)).Gpus.Select(gpu => gpu.State));

        // Said again while it lasts, over the new beginnings that it takes.
        nvml.Write("devices=2", fault);
        for (var i = 0; i < 3; i++)
        {
            var reading = await ReadAsync(source);
            Assert.Equal(
                [("GPU-0", "00000000:09:00.0", GpuState.Ok, 59.0 + 1), ("GPU-1", "00000000:0A:00.0", state, null)],
                reading.Gpus.Select(gpu => (gpu.Uuid, gpu.PciBusId, gpu.State, gpu.Temperature.GpuC)));
            Assert.Equal(state is GpuState.ResetRequired ? null : new InfraError("gpu_lost", "The driver cannot reach 1 of 2 GPUs."), reading.Error);
            Assert.Equal([(13, 1)], reading.Gpus[0].XidErrors?.Select(xid => (xid.Code, xid.Count)));
        }

        nvml.Write("devices=2");
        Assert.Equal([GpuState.Ok, GpuState.Ok], (await ReadAsync(source)).Gpus.Select(gpu => gpu.State));
    }

    [Fact]
    public async Task Errors_that_wait_in_the_driver_are_counted_before_the_library_is_left()
    {
        using var nvml = await FakeNvml.WithAsync();
        var source = Source(nvml.Path);
        Assert.Empty(Assert.Single((await ReadAsync(source)).Gpus).XidErrors!);

        nvml.Write("xids=79@0", "nvmlDeviceGetCount_v2=15");
        Assert.IsType<GpuReading.Failed>(await source.ReadAsync(Ct));
        nvml.Write();

        Assert.Equal([(79, 1)], Assert.Single((await ReadAsync(source)).Gpus).XidErrors?.Select(xid => (xid.Code, xid.Count)));
    }

    [Fact]
    public async Task Cards_of_other_containers_are_left_out()
    {
        using var nvml = await FakeNvml.WithAsync("devices=3", "nvmlDeviceGetHandleByIndex_v2@0=4", "nvmlDeviceGetHandleByIndex_v2@2=4");

        var reading = await ReadAsync(Source(nvml.Path));

        Assert.Equal((null, 1), (reading.Error, Assert.Single(reading.Gpus).Index));
    }

    [Fact]
    public async Task A_driver_that_hangs_is_given_up_then_counts_as_stuck_and_is_tried_again_when_it_lets_go()
    {
        using var nvml = await FakeNvml.WithAsync();
        nvml.Hang();
        var source = Source(nvml.Path);

        var first = source.ReadAsync(Ct);
        await Eventually.That(() => Assert.True(nvml.IsHanging && _time.PendingTimers == 1), Ct);
        _time.Advance(TimeSpan.FromSeconds(5));

        var late = new GpuReading.Late(new("timeout", $"The driver did not answer a call of {nvml.Path} within 5 s (NVML_TIMEOUT)."));
        Assert.Equal(late, await first);
        // The thread is still held: no second call is made beside the first, nor put behind it.
        // Samples that come sooner than a call may take do not make it stuck.
        for (var i = 0; i < 2 * NvmlSource.MostLate; i++)
            Assert.Equal(late, await source.ReadAsync(Ct));
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(late, await source.ReadAsync(Ct));
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("stuck", Assert.IsType<GpuReading.Failed>(await source.ReadAsync(Ct)).Error.Code);

        nvml.LetGo();
        Assert.Equal("stuck", Assert.IsType<GpuReading.Failed>(await source.ReadAsync(Ct)).Error.Code);
        _time.Advance(NvmlSource.Rest);
        await Eventually.That(async () => Assert.IsType<GpuReading.Read>(await source.ReadAsync(Ct)), Ct);
    }

    [Fact]
    public async Task Where_the_library_fails_nvidia_smi_is_asked_and_the_failure_is_told()
    {
        using var nvml = await FakeNvml.WithAsync("nvmlInitWithFlags=18");
        using var smi = await FakeNvidiaSmi.WithCardsAsync(Cards.H100);
        await using var sidecar = await RunningSidecar.StartAsync(nvml.Setting, smi.Setting);

        var status = await sidecar.StatusWhenAsync(status => status.Sources.Gpu.Available);

        Assert.Equal(("nvidia-smi", "driver_mismatch"), (status.Sources.Gpu.Backend, status.Sources.Gpu.Error?.Code));
        Assert.Equal((InfraHealth.Degraded, GpuState.Ok), (status.Status, Assert.Single(status.Gpus).State));
    }

    [Theory]
    [InlineData("auto", "nvml")]
    [InlineData("nvml", "nvml")]
    [InlineData("nvidia-smi", "nvidia-smi")]
    public async Task The_library_is_asked_first_unless_a_setting_says_otherwise(string wanted, string backend)
    {
        using var nvml = await FakeNvml.WithAsync();
        using var smi = await FakeNvidiaSmi.WithCardsAsync(Cards.H100);
        await using var sidecar = await RunningSidecar.StartAsync(nvml.Setting, smi.Setting, $"GPU_BACKEND={wanted}");

        Assert.Equal(backend, (await sidecar.StatusWhenAsync(status => status.Sources.Gpu.Available)).Sources.Gpu.Backend);
    }

    NvmlSource Source(string library) => new(Options.Create(new InfraSidecarOptions { NvmlLibrary = library }), _time);

    static async Task<GpuReading.Read> ReadAsync(NvmlSource source) => Assert.IsType<GpuReading.Read>(await source.ReadAsync(Ct));
}
