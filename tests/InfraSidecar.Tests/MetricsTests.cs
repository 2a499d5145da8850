using System.Diagnostics.Metrics;
using System.Globalization;
using AiPlatform.Contracts.Infra;
using AiPlatform.InfraSidecar.Telemetry;
using AiPlatform.InfraSidecar.Tests.Fakes;
using AiPlatform.Testing;

namespace AiPlatform.InfraSidecar.Tests;

public sealed class MetricsTests
{
    const string Id = "3f2a9c1d5e7b8a6f4c2d1e0b9a8f7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f1a0b";
    const string Gpu0 = "hw.driver_version=590.48.01 hw.id=GPU-0 hw.model=NVIDIA H100 80GB HBM3 hw.name=GPU 0";
    const string Vllm = "container.id=3f2a9c1d5e7b container.image.name=img container.name=vllm";

    static readonly string[] Changing = ["infra.collector.duration", "infra.collector.age", "container.uptime"];

    [Fact]
    public async Task What_the_status_tells_is_measured_under_fixed_names_and_units()
    {
        using var nvml = await FakeNvml.WithAsync("xids=79@0");
        await using var engine = await FakeEngine.StartAsync();
        engine.Add(Id, $$"""{"Id":"{{Id}}","Names":["/vllm"],"Image":"img","State":"running"}""",
            """{"State":{"Status":"running","StartedAt":"2025-11-21T09:00:00Z","Health":{"Status":"unhealthy"}},"RestartCount":2,"HostConfig":{"Memory":1000}}""",
            """{"cpu_stats":{"cpu_usage":{"total_usage":5000000000}},"memory_stats":{"usage":900,"limit":1000},"networks":{"eth0":{"rx_bytes":7,"tx_bytes":3}},"blkio_stats":{"io_service_bytes_recursive":[{"op":"read","value":20},{"op":"Read","value":1},{"op":"write","value":5},{"op":"Total","value":99},null]}}""");
        await using var vllm = await FakeVllm.StartAsync(MetricsPages.V1);
        await using var sidecar = await RunningSidecar.StartAsync(
            nvml.Setting, engine.Setting, $"VLLM_METRICS_URLS={vllm.Named("voxtral")}", "PROC_ROOT=/no-proc-here");
        await sidecar.StatusWhenAsync(status =>
            status is { Gpus: [{ XidErrors: [_] }], Containers: [{ Cpu.UsageCores: not null }], Inference: [{ WindowS: not null }] });

        var measured = Measure(sidecar);

        Assert.Equal(
            [
                $"container.cpu.time s {Vllm} = 5",
                $"container.cpu.usage {{cpu}} {Vllm} = 0",
                $"container.disk.io By {Vllm} disk.io.direction=read = 21",
                $"container.disk.io By {Vllm} disk.io.direction=write = 5",
                $"container.memory.usage By {Vllm} = 900",
                $"container.network.io By {Vllm} network.io.direction=receive = 7",
                $"container.network.io By {Vllm} network.io.direction=transmit = 3",
                $"hw.energy J {Gpu0} hw.type=gpu hw.vendor=NVIDIA = 128996",
                $"hw.errors {{error}} error.type=corrected {Gpu0} hw.type=gpu hw.vendor=NVIDIA = 3",
                $"hw.errors {{error}} error.type=uncorrected {Gpu0} hw.type=gpu hw.vendor=NVIDIA = 0",
                $"hw.errors {{error}} error.type=xid_79 {Gpu0} hw.type=gpu hw.vendor=NVIDIA = 1",
                $"hw.fan.speed_ratio 1 {Gpu0} hw.type=gpu hw.vendor=NVIDIA = 0.27",
                $"hw.gpu.memory.limit By {Gpu0} hw.vendor=NVIDIA = 85520809984",
                $"hw.gpu.memory.usage By {Gpu0} hw.vendor=NVIDIA = 20780679168",
                $"hw.gpu.memory.utilization 1 {Gpu0} hw.vendor=NVIDIA = 0.243",
                $"hw.gpu.utilization 1 {Gpu("hw.gpu.task=decoder")} hw.vendor=NVIDIA = 0.05",
                $"hw.gpu.utilization 1 {Gpu("hw.gpu.task=encoder")} hw.vendor=NVIDIA = 0",
                $"hw.gpu.utilization 1 {Gpu("hw.gpu.task=general")} hw.vendor=NVIDIA = 0.97",
                $"hw.power W {Gpu0} hw.type=gpu hw.vendor=NVIDIA = 631.95",
                $"hw.status 1 {Gpu0} hw.state=degraded hw.type=gpu hw.vendor=NVIDIA = 0",
                $"hw.status 1 {Gpu0} hw.state=failed hw.type=gpu hw.vendor=NVIDIA = 0",
                $"hw.status 1 {Gpu0} hw.state=ok hw.type=gpu hw.vendor=NVIDIA = 1",
                $"hw.temperature Cel {Gpu0} hw.sensor_location=gpu hw.type=gpu hw.vendor=NVIDIA = 60",
                $"hw.temperature Cel {Gpu0} hw.sensor_location=memory hw.type=gpu hw.vendor=NVIDIA = 54",
                "infra.collector.success 1 infra.source=containers = 1",
                "infra.collector.success 1 infra.source=gpu = 1",
                "infra.collector.success 1 infra.source=vllm = 1",
                $"infra.container.healthy 1 {Vllm} = 0",
                $"infra.container.memory.limit By {Vllm} = 1000",
                $"infra.container.restarts {{restart}} {Vllm} = 2",
                $"infra.gpu.clock.frequency Hz {Gpu0} hw.vendor=NVIDIA infra.gpu.clock=memory = 2619000000",
                $"infra.gpu.clock.frequency Hz {Gpu0} hw.vendor=NVIDIA infra.gpu.clock=sm = 1980000000",
                $"infra.gpu.memory_controller.utilization 1 {Gpu0} hw.vendor=NVIDIA = 0.11",
                $"infra.gpu.power.limit W {Gpu0} hw.vendor=NVIDIA = 700",
                $"infra.gpu.throttle.active 1 {Gpu0} hw.vendor=NVIDIA = 1",
                "infra.inference.asleep 1 infra.inference.server=voxtral = 0",
                "infra.inference.healthy 1 infra.inference.server=voxtral = 1",
                "infra.inference.kv_cache.utilization 1 infra.inference.server=voxtral = 0.61",
                "infra.inference.preemptions {preemption} infra.inference.server=voxtral = 7",
                "infra.inference.prefix_cache.hits {token} infra.inference.server=voxtral = 250000",
                "infra.inference.prefix_cache.queries {token} infra.inference.server=voxtral = 1000000",
                "infra.inference.requests.finished {request} infra.inference.finish_reason=abort infra.inference.server=voxtral = 1",
                "infra.inference.requests.finished {request} infra.inference.finish_reason=length infra.inference.server=voxtral = 3",
                "infra.inference.requests.finished {request} infra.inference.finish_reason=stop infra.inference.server=voxtral = 120",
                "infra.inference.requests.running {request} infra.inference.server=voxtral = 5",
                "infra.inference.requests.waiting {request} infra.inference.server=voxtral = 5",
                "infra.inference.tokens {token} gen_ai.token.type=input infra.inference.server=voxtral = 10777853952",
                "infra.inference.tokens {token} gen_ai.token.type=output infra.inference.server=voxtral = 12400",
            ],
            measured.Where(line => !Changing.Contains(line.Split(' ')[0])));
        Assert.Equal(7, measured.Count(line => Changing.Contains(line.Split(' ')[0])));
    }

    [Fact]
    public async Task What_is_not_known_is_not_measured()
    {
        using var nvml = await FakeNvml.WithAsync("devices=2", "nvmlDeviceGetHandleByIndex_v2@1=15", "nvmlDeviceGetPowerUsage=3", "mig=1");
        await using var sidecar = await RunningSidecar.StartAsync(nvml.Setting);
        await sidecar.StatusWhenAsync(status => status.Sources.Gpu.Available && status.Sources.Vllm.Detail is not null);

        var measured = Measure(sidecar);

        Assert.DoesNotContain(measured, line => line.StartsWith("hw.power", StringComparison.Ordinal));
        Assert.DoesNotContain(measured, line => line.StartsWith("container.", StringComparison.Ordinal) || line.StartsWith("infra.inference.", StringComparison.Ordinal));
        Assert.DoesNotContain(measured, line => line.Contains("hw.gpu.task=general", StringComparison.Ordinal));
        // Of a card that was never read only its state is known.
        Assert.Equal(
            ["hw.status 1 hw.id=GPU 1 hw.name=GPU 1 hw.state=degraded hw.type=gpu hw.vendor=NVIDIA = 0",
             "hw.status 1 hw.id=GPU 1 hw.name=GPU 1 hw.state=failed hw.type=gpu hw.vendor=NVIDIA = 1",
             "hw.status 1 hw.id=GPU 1 hw.name=GPU 1 hw.state=ok hw.type=gpu hw.vendor=NVIDIA = 0"],
            measured.Where(line => line.Contains("GPU 1", StringComparison.Ordinal)));
        Assert.Contains("hw.gpu.memory.usage By hw.id=MIG-0-0 hw.name=3g.40gb hw.parent=GPU-0 hw.vendor=NVIDIA = 1048576", measured);
        // One card that is lost is that card's fault and not the source's.
        Assert.Equal(
            ["infra.collector.success 1 infra.source=gpu = 1"],
            measured.Where(line => line.StartsWith("infra.collector.success", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Only_a_source_that_gives_nothing_counts_as_failed()
    {
        using var nvml = await FakeNvml.WithAsync("nvmlDeviceGetCount_v2=999");
        await using var vllm = await FakeVllm.StartAsync(MetricsPages.V1);
        await using var sidecar = await RunningSidecar.StartAsync(nvml.Setting, "GPU_BACKEND=nvml", $"VLLM_METRICS_URLS=gone=http://127.0.0.1:1,{vllm.Named("voxtral")}");
        await sidecar.StatusWhenAsync(status => status.Sources is { Gpu.Error: not null, Vllm: { Available: true, Error.Code: "partial" } });

        var measured = Measure(sidecar);

        Assert.Contains("infra.collector.success 1 infra.source=gpu = 0", measured);
        Assert.Contains("infra.collector.success 1 infra.source=vllm = 1", measured);
    }

    [Fact]
    public void Latencies_are_measured_by_quantile()
    {
        using var meters = new Meter("AiPlatform.Tests.Latencies");
        var stats = new LatencyStats { P50 = 0.1, P95 = 0.4, P99 = 0.9, Mean = 0.2, Count = 3, Clamped = false };
        var server = new InferenceStatus
        {
            Name = "a",
            UrlHost = "a",
            Healthy = false,
            Models = [],
            Requests = new(),
            TokensPerS = new(),
            LatencyS = new InferenceLatencies { Ttft = stats },
            Totals = new InferenceTotals { Finished = new Dictionary<string, double> { ["new"] = 1, ["newer"] = 2 } },
        };
        InferenceMetrics.Add(meters, () => [server]);
        using var recorder = new MeterRecorder(meters.Name);
        recorder.Observe();

        Assert.Equal([0.1, 0.4, 0.9], recorder.Of("infra.inference.time_to_first_token").Select(found => found.Value));
        Assert.Equal(["0.5", "0.95", "0.99"], recorder.Of("infra.inference.time_to_first_token").Select(found => found.Tags["infra.quantile"]));
        Assert.Empty(recorder.Of("infra.inference.queue.duration"));
        Assert.Equal(3, recorder.Sum("infra.inference.requests.finished", ("infra.inference.finish_reason", "other")));
    }

    static string Gpu(string task) => Gpu0.Replace("hw.id=", task + " hw.id=", StringComparison.Ordinal);

    static string[] Measure(RunningSidecar sidecar)
    {
        using var recorder = new MeterRecorder(SidecarMetrics.Name, sidecar.Get<IMeterFactory>());
        recorder.Observe();
        return [.. recorder.All.Select(Line).Order(StringComparer.Ordinal)];
    }

    static string Line(MeterRecorder.Measurement found)
    {
        var tags = found.Tags.Where(tag => tag.Value is not null).OrderBy(tag => tag.Key, StringComparer.Ordinal).Select(tag => $"{tag.Key}={tag.Value}");
        return string.Create(CultureInfo.InvariantCulture, $"{found.Instrument} {found.Unit} {string.Join(' ', tags)} = {found.Value}");
    }
}
