using AiPlatform.Contracts.Infra;
using AiPlatform.InfraSidecar.Gpu;
using AiPlatform.InfraSidecar.Gpu.Nvml;
using Microsoft.Extensions.Options;

namespace AiPlatform.InfraSidecar.Tests;

/// <summary>On a machine with an NVIDIA GPU: what the library says is what nvidia-smi says.</summary>
public sealed class RealGpuTests
{
    [Fact]
    public async Task The_library_and_nvidia_smi_agree()
    {
        var options = Options.Create(new InfraSidecarOptions { NvidiaSmiTimeout = TimeSpan.FromMinutes(1), NvmlTimeout = TimeSpan.FromMinutes(1) });
        var program = await new NvidiaSmi(options, TimeProvider.System).ReadAsync(TestContext.Current.CancellationToken);
        Assert.SkipWhen(program is not GpuReading.Read, $"nvidia-smi does not answer here: {program}");

        var library = await new NvmlSource(options, TimeProvider.System).ReadAsync(TestContext.Current.CancellationToken);

        var said = ((GpuReading.Read)program).Gpus;
        var read = Assert.IsType<GpuReading.Read>(library).Gpus;
        Assert.Equal(said.Select(Fixed), read.Select(Fixed));
        foreach (var (expected, gpu) in said.Zip(read))
        {
            // These move from one moment to the next.
            Close(expected.Memory.UsedBytes, gpu.Memory.UsedBytes, 1L << 30);
            Close(expected.Temperature.GpuC, gpu.Temperature.GpuC, 15);
            Close(expected.Temperature.MemoryC, gpu.Temperature.MemoryC, 15);
            Close(expected.Power.DrawW, gpu.Power.DrawW, 0.3 * expected.Power.DrawW ?? 0);
            Close(expected.Clocks.MemoryHz, gpu.Clocks.MemoryHz, 0.1 * expected.Clocks.MemoryHz ?? 0);
            Close(expected.Clocks.SmHz, gpu.Clocks.SmHz, 0.1 * expected.Clocks.SmHz ?? 0);
            Assert.Equal(expected.Pstate, gpu.Pstate);
            Assert.Equal(expected.Utilization.Gpu is null, gpu.Utilization.Gpu is null);
            Assert.Equal(expected.FanRatio is null, gpu.FanRatio is null);
            Assert.Equal(expected.Mig.Instances.Select(slice => slice.Uuid), gpu.Mig.Instances.Select(slice => slice.Uuid));
        }
    }

    static object Fixed(GpuStatus gpu) => (
        (gpu.Index, gpu.Uuid, gpu.Name, gpu.State, gpu.DriverVersion, gpu.CudaVersion),
        (gpu.PciBusId?.ToUpperInvariant(), MiB(gpu.Memory.TotalBytes), gpu.Power.LimitW, gpu.Mig.Enabled, gpu.RecoveryAction, gpu.Ecc));

    // nvidia-smi gives whole MiB.
    static long? MiB(long? bytes) => bytes / (1L << 20);

    static void Close(double? expected, double? actual, double apart)
    {
        Assert.Equal(expected is null, actual is null);
        if (expected is { } number)
            Assert.InRange(actual!.Value, number - apart, number + apart);
    }
}
