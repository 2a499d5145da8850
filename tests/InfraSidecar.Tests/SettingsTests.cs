using AiPlatform.InfraSidecar.Containers;
using AiPlatform.InfraSidecar.Gpu;
using AiPlatform.InfraSidecar.Vllm;
using Microsoft.Extensions.Options;

namespace AiPlatform.InfraSidecar.Tests;

public sealed class SettingsTests
{
    const string AddressExpected =
        "must be an http or https address without a password, such as http://vllm:8000 or voxtral=http://vllm:8000.";

    const string EngineExpected = "it must be the path of a socket, such as unix:///var/run/docker.sock, "
        + "or an address without path and password, such as http://socket-proxy:2375.";

    [Fact]
    public void The_defaults_are_pinned()
    {
        var options = new InfraSidecarOptions();

        Assert.Null(options.Token);
        Assert.Equal((GpuBackend.Auto, "libnvidia-ml.so.1", 5), (options.GpuBackend, options.NvmlLibrary, options.NvmlTimeout.TotalSeconds));
        Assert.Equal("nvidia-smi", options.NvidiaSmiPath);
        Assert.Equal((10, 5), (options.NvidiaSmiTimeout.TotalSeconds, options.GpuSampleInterval.TotalSeconds));
        Assert.Equal((3, 5), (options.VllmScrapeTimeout.TotalSeconds, options.VllmSampleInterval.TotalSeconds));
        Assert.Empty(options.VllmMetricsUrls);
        Assert.Equal((null, 3, 10), (options.ContainerEngine, options.ContainerTimeout.TotalSeconds, options.ContainerSampleInterval.TotalSeconds));
        Assert.Equal(("/sys/fs/cgroup", "/proc"), (options.CgroupRoot, options.ProcRoot));
        Assert.Equal(["/"], options.HostDisks);
        Assert.Equal(("0.0.0.0", 8082), (new SidecarHttpOptions().Host, new SidecarHttpOptions().Port));
    }

    [Theory]
    [InlineData("VLLM_METRICS_URLS", "vllm:8000", "VLLM_METRICS_URLS is 'vllm:8000': entry 1 " + AddressExpected)]
    [InlineData("VLLM_METRICS_URLS", "http://a:1,ftp://b", "VLLM_METRICS_URLS is 'http://a:1,ftp://b': entry 2 " + AddressExpected)]
    [InlineData("VLLM_METRICS_URLS", "http://\u05d01a.example", "VLLM_METRICS_URLS is 'http://\u05d01a.example': entry 1 " + AddressExpected)]
    [InlineData("VLLM_METRICS_URLS", "=http://a:1", "VLLM_METRICS_URLS is '=http://a:1': entry 1 " + AddressExpected)]
    [InlineData("VLLM_METRICS_URLS", "http://a:1,http://a:1/v1",
        "VLLM_METRICS_URLS is 'http://a:1,http://a:1/v1': entry 2 repeats a name or an address.")]
    [InlineData("VLLM_METRICS_URLS", "x=http://a:1,x=http://b:1",
        "VLLM_METRICS_URLS is 'x=http://a:1,x=http://b:1': entry 2 repeats a name or an address.")]
    [InlineData("GPU_BACKEND", "rocm", "GPU_BACKEND is 'rocm': one of auto, nvml, nvidia-smi is expected.")]
    [InlineData("CONTAINER_ENGINE", "/var/run/docker.sock", "CONTAINER_ENGINE is '/var/run/docker.sock': " + EngineExpected)]
    [InlineData("CONTAINER_ENGINE", "http://proxy:2375/v1.44", "CONTAINER_ENGINE is 'http://proxy:2375/v1.44': " + EngineExpected)]
    [InlineData("CONTAINER_TIMEOUT", "1h", "CONTAINER_TIMEOUT is '1h': a duration from 100ms to 1m is expected.")]
    [InlineData("CONTAINER_SAMPLE_INTERVAL", "0s", "CONTAINER_SAMPLE_INTERVAL is '0s': a duration from 100ms to 10m is expected.")]
    [InlineData("NVML_TIMEOUT", "2m", "NVML_TIMEOUT is '2m': a duration from 100ms to 1m is expected.")]
    [InlineData("NVIDIA_SMI_TIMEOUT", "0s", "NVIDIA_SMI_TIMEOUT is '0s': a duration from 100ms to 5m is expected.")]
    [InlineData("GPU_SAMPLE_INTERVAL", "11m", "GPU_SAMPLE_INTERVAL is '11m': a duration from 100ms to 10m is expected.")]
    [InlineData("VLLM_SAMPLE_INTERVAL", "1h", "VLLM_SAMPLE_INTERVAL is '1h': a duration from 100ms to 1m is expected.")]
    [InlineData("VLLM_SCRAPE_TIMEOUT", "soon", "VLLM_SCRAPE_TIMEOUT is 'soon': a duration from 100ms to 1m is expected.")]
    [InlineData("INFRA_SIDECAR_HTTP_PORT", "70000", "INFRA_SIDECAR_HTTP_PORT is '70000': a whole number from 0 to 65535 is expected.")]
    public void A_setting_that_is_not_valid_stops_the_start(string name, string value, string expected)
    {
        var refusal = Assert.Throws<OptionsValidationException>(() => Sidecar.Build([$"--{name}={value}", "--urls=http://127.0.0.1:0"]));

        Assert.Equal([expected], refusal.Failures);
    }

    [Theory]
    [InlineData("http://vllm:8000", "vllm:8000", "http://vllm:8000/")]
    [InlineData("http://vllm:8000/v1/", "vllm:8000", "http://vllm:8000/")]
    [InlineData("https://gpu.example/big/v1?x=1", "gpu.example", "https://gpu.example/big/")]
    [InlineData("voxtral = http://[::1]:8000/metrics", "voxtral", "http://[::1]:8000/")]
    public void An_address_of_a_server_is_taken_with_and_without_name_and_version(string text, string name, string root)
    {
        Assert.True(VllmServer.TryParse(text, out var server));
        Assert.Equal((name, root), (server.Name, server.Root.ToString()));
    }

    [Theory]
    [InlineData("unix:///run/user/1000/podman.sock", "/run/user/1000/podman.sock", "http://localhost/")]
    [InlineData("tcp://socket-proxy:2375", null, "http://socket-proxy:2375/")]
    [InlineData("https://engine.example", null, "https://engine.example/")]
    public void An_engine_is_reached_by_socket_or_address(string text, string? socket, string root)
    {
        Assert.True(EngineAddress.TryParse(text, out var address));
        Assert.Equal((socket, root), (address.Socket, address.Root.ToString()));
    }

    [Fact]
    public void A_password_in_an_address_is_refused() => Assert.False(VllmServer.TryParse("http://user:word@vllm:8000", out _));
}
