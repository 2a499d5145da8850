using System.Diagnostics;
using System.Globalization;
using AiPlatform.Contracts.Infra;
using AiPlatform.InfraSidecar.Tests.Fakes;
using AiPlatform.Testing;

namespace AiPlatform.InfraSidecar.Tests;

public sealed class GpuFailureTests
{
    [Fact]
    public async Task A_server_without_a_GPU_is_well()
    {
        await using var sidecar = await RunningSidecar.StartAsync();

        var status = await sidecar.SampledAsync();

        var expected = new SourceState
        {
            Available = false,
            Backend = "none",
            Stale = false,
            Detail = "no-nvidia-smi-here is not on the PATH: the server has no NVIDIA GPU, or the container was not given one.",
        };
        Assert.Equal(expected, status.Sources.Gpu);
        Assert.Empty(status.Gpus);
        Assert.Equal(InfraHealth.Ok, status.Status);
    }

    [Fact]
    public async Task A_path_that_was_configured_and_does_not_exist_is_an_error()
    {
        await using var sidecar = await RunningSidecar.StartAsync("NVIDIA_SMI_PATH=/opt/nowhere/nvidia-smi");

        var status = await sidecar.SampledAsync();

        Assert.Equal(
            new InfraError("not_found", "/opt/nowhere/nvidia-smi does not exist or may not be executed (NVIDIA_SMI_PATH)."),
            status.Sources.Gpu.Error);
        Assert.False(status.Sources.Gpu.Available);
        Assert.Equal(InfraHealth.Unavailable, status.Status);
    }

    [Theory]
    [InlineData("echo 'No devices were found'", "no_devices", "nvidia-smi finds no GPU although the driver is installed.")]
    [InlineData("echo 'No devices were found'; exit 6", "no_devices", "{0} ended with exit code 6: No devices were found")]
    [InlineData("echo 'NVIDIA-SMI has failed because it could not communicate with the NVIDIA driver.'; exit 9", "driver_not_loaded",
        "{0} ended with exit code 9: NVIDIA-SMI has failed because it could not communicate with the NVIDIA driver.")]
    [InlineData("echo 'Failed to initialize NVML: Driver/library version mismatch' >&2; exit 18", "driver_mismatch",
        "{0} ended with exit code 18: Failed to initialize NVML: Driver/library version mismatch")]
    [InlineData("exit 255", "failed", "{0} ended with exit code 255: (nothing)")]
    [InlineData("printf 'one\\033[31m two, three\\n'", "unreadable", "The output of {0} is not the table that was asked for: one?[31m two, three")]
    [InlineData("yes '0, 1, 2'", "too_large", "{0} wrote more than 1048576 characters and was killed.")]
    public async Task What_nvidia_smi_says_instead_of_a_table_is_passed_on(string script, string code, string message)
    {
        using var smi = await FakeNvidiaSmi.WithScriptAsync(script);
        await using var sidecar = await RunningSidecar.StartAsync(smi.Setting);

        var status = await sidecar.SampledAsync();

        var error = new InfraError(code, string.Format(CultureInfo.InvariantCulture, message, smi.Path));
        Assert.Equal(new SourceState { Available = false, Backend = "nvidia-smi", Stale = false, Error = error }, status.Sources.Gpu);
        Assert.Empty(status.Gpus);
    }

    [Fact]
    public async Task A_long_complaint_is_shortened()
    {
        using var smi = await FakeNvidiaSmi.WithScriptAsync("head -c 1000 /dev/zero | tr '\\0' x; exit 3");
        await using var sidecar = await RunningSidecar.StartAsync(smi.Setting);

        var status = await sidecar.SampledAsync();

        Assert.Equal(new InfraError("failed", $"{smi.Path} ended with exit code 3: {new string('x', 200)} …"), status.Sources.Gpu.Error);
    }

    [Fact]
    public async Task A_hung_nvidia_smi_is_killed_with_its_children_while_the_status_answers_at_once()
    {
        using var smi = await FakeNvidiaSmi.WithScriptAsync("sleep 600 & echo $! > child; echo $$ > parent; wait");
        var time = new ManualTimeProvider();
        await using var sidecar = await RunningSidecar.StartAsync(time, smi.Setting, "NVIDIA_SMI_TIMEOUT=15s", "GPU_SAMPLE_INTERVAL=10m");
        await Eventually.That(() => Assert.NotNull(smi.Read("parent")), TestContext.Current.CancellationToken);

        Assert.Equal("The first sample is under way.", (await sidecar.StatusAsync()).Sources.Gpu.Detail);

        time.Advance(TimeSpan.FromSeconds(15));
        var status = await sidecar.SampledAsync();

        Assert.Equal(
            new InfraError(
                "timeout", $"{smi.Path} did not answer within 15 s and was killed. Persistence mode makes it faster (NVIDIA_SMI_TIMEOUT)."),
            status.Sources.Gpu.Error);
        Assert.False(IsAlive(smi.Read("parent")!));
        await Eventually.That(() => Assert.False(IsAlive(smi.Read("child")!)), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Stopping_the_sidecar_ends_a_hung_nvidia_smi()
    {
        using var smi = await FakeNvidiaSmi.WithScriptAsync("echo $$ > parent; exec sleep 600");
        await using var sidecar = await RunningSidecar.StartAsync(smi.Setting, "NVIDIA_SMI_TIMEOUT=5m", "GPU_SAMPLE_INTERVAL=10m");
        await Eventually.That(() => Assert.NotEmpty(smi.Read("parent") ?? ""), TestContext.Current.CancellationToken);

        var start = Stopwatch.GetTimestamp();
        await sidecar.StopAsync();

        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 10);
        Assert.False(IsAlive(smi.Read("parent")!));
    }

    [Fact]
    public async Task Values_stay_for_a_moment_when_nvidia_smi_begins_to_fail_and_are_withheld_when_stale()
    {
        using var smi = await FakeNvidiaSmi.WithCardsAsync(Cards.H100);
        var time = new ManualTimeProvider();
        await using var sidecar = await RunningSidecar.StartAsync(
            time, smi.Setting, "GPU_BACKEND=nvidia-smi", "NVIDIA_SMI_TIMEOUT=1m", "GPU_SAMPLE_INTERVAL=5s");
        await sidecar.StatusWhenAsync(status => status.Sources.Gpu.Available);

        smi.Write("gpu-0", "index=\n");
        time.Advance(TimeSpan.FromSeconds(5));
        var failing = await sidecar.StatusWhenAsync(status => status.Sources.Gpu.Error is not null);
        Assert.True(failing.Sources.Gpu.Available);
        Assert.Single(failing.Gpus);
        Assert.Equal(InfraHealth.Degraded, failing.Status);

        // One interval and the timeout are 65 s.
        time.Advance(TimeSpan.FromSeconds(60));
        Assert.Single((await sidecar.StatusAsync()).Gpus);
        time.Advance(TimeSpan.FromSeconds(1));
        var stale = await sidecar.StatusAsync();
        Assert.Equal((false, true, 66_000), (stale.Sources.Gpu.Available, stale.Sources.Gpu.Stale, stale.Sources.Gpu.AgeMs));
        Assert.Empty(stale.Gpus);
        Assert.NotNull(stale.Sources.Gpu.CollectedAt);
        Assert.Equal(InfraHealth.Unavailable, stale.Status);

        smi.Write("gpu-0", Cards.H100 + "\n");
        time.Advance(TimeSpan.FromSeconds(5));
        var back = await sidecar.StatusWhenAsync(status => status.Sources.Gpu is { Available: true, Error: null });
        Assert.Single(back.Gpus);
    }

    // A killed process stays in the table until its new parent reaps it.
    static bool IsAlive(string pid)
    {
        var status = $"/proc/{pid.Trim()}/stat";
        try
        {
            return !File.ReadAllText(status).Contains(") Z", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
