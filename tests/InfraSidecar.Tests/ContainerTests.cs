using AiPlatform.Contracts.Infra;
using AiPlatform.InfraSidecar.Containers;
using AiPlatform.InfraSidecar.Tests.Fakes;
using Microsoft.AspNetCore.Http;

namespace AiPlatform.InfraSidecar.Tests;

public sealed class ContainerTests
{
    const string Vllm = "3f2a9c1d5e7b8a6f4c2d1e0b9a8f7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f1a0b";
    const string Stopped = "aaaabbbbccccddddeeeeffff0000111122223333444455556666777788889999";

    const string List =
        """
        {"Id":"3f2a9c1d5e7b8a6f4c2d1e0b9a8f7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f1a0b","Names":["/vllm-voxtral"],"Image":"vllm/vllm-openai:v0.26.0","ImageID":"sha256:1",
         "Command":"vllm serve --api-key sk-secret","Created":1763700000,"Ports":[],"Labels":null,"State":"running","Status":"Up 4 hours (healthy)",
         "Mounts":null,"NetworkSettings":null}
        """;

    const string Details =
        """
        {"Id":"x","State":{"Status":"running","Running":true,"OOMKilled":false,"ExitCode":0,"StartedAt":"2025-11-21T09:00:00.123456789Z","Health":{"Status":"healthy"}},
         "RestartCount":2,"HostConfig":{"Memory":68719476736,"DeviceRequests":[{"Driver":"","Count":-1,"DeviceIDs":null,"Capabilities":[["gpu"]]}]},
         "Config":{"Env":["VLLM_API_KEY=sk-secret"],"Cmd":["serve","--api-key","sk-secret"]}}
        """;

    const string Stats =
        """
        {"read":"2025-11-21T13:00:00Z","preread":"0001-01-01T00:00:00Z",
         "cpu_stats":{"cpu_usage":{"total_usage":$cpu},"system_cpu_usage":$system,"online_cpus":16},"precpu_stats":{"cpu_usage":{"total_usage":0}},
         "memory_stats":{"usage":9000000000,"limit":68719476736,"stats":{"inactive_file":1000000000,"anon":1}},
         "blkio_stats":{"io_service_bytes_recursive":null},"networks":{"eth0":{"rx_bytes":100,"tx_bytes":10},"eth1":{"rx_bytes":5,"tx_bytes":2}}}
        """;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Containers_are_reported_without_their_secrets()
    {
        await using var engine = await FakeEngine.StartAsync();
        engine.Add(Vllm, List, Details, At(cpu: 5_000_000_000, system: 100_000_000_000));
        engine.Add(Stopped, $$"""{"Id":"{{Stopped}}","Names":["/old"],"Image":"img","State":"exited"}""",
            """{"State":{"Status":"exited","OOMKilled":true,"StartedAt":"0001-01-01T00:00:00Z"},"RestartCount":0,"HostConfig":{"Memory":0,"DeviceRequests":null}}""", null);
        await using var sidecar = await RunningSidecar.StartAsync(engine.Setting);

        var status = await sidecar.StatusWhenAsync(status => status.Sources.Containers.Available);

        var expected = new ContainerStatus
        {
            Id = "3f2a9c1d5e7b",
            Name = "vllm-voxtral",
            Image = "vllm/vllm-openai:v0.26.0",
            State = "running",
            Health = "healthy",
            StartedAt = new DateTimeOffset(2025, 11, 21, 9, 0, 0, TimeSpan.Zero).AddTicks(1_234_568),
            RestartCount = 2,
            OomKilled = false,
            Cpu = new ContainerCpu { TimeS = 5 },
            Memory = new ContainerMemory { UsedBytes = 8_000_000_000, LimitBytes = 68_719_476_736 },
            Network = new ContainerNetwork { RxBytes = 105, TxBytes = 12 },
            Disk = new ContainerDisk(),
            Gpus = [],
        };
        var stopped = new ContainerStatus
        {
            Id = "aaaabbbbcccc",
            Name = "old",
            Image = "img",
            State = "exited",
            RestartCount = 0,
            OomKilled = true,
            Cpu = new ContainerCpu(),
            Memory = new ContainerMemory(),
            Network = new ContainerNetwork(),
            Disk = new ContainerDisk(),
            Gpus = [],
        };
        // A second sample that has used no more time tells 0 cores.
        Assert.Equivalent(new[] { stopped, expected }, status.Containers.Select(found => found with { Cpu = found.Cpu with { UsageCores = null } }), strict: true);
        Assert.Equal(
            new SourceState { Available = true, Backend = "docker", Stale = false },
            status.Sources.Containers with { CollectedAt = null, AgeMs = null, DurationMs = null });
        Assert.Equal(InfraHealth.Ok, status.Status);
        Assert.DoesNotContain("secret", await sidecar.Http.GetStringAsync(new Uri("/status", UriKind.Relative), Ct), StringComparison.Ordinal);
        Assert.All(engine.Requests, request => Assert.StartsWith("GET ", request, StringComparison.Ordinal));
        Assert.DoesNotContain(engine.Requests, request => request.Contains(Stopped + "/stats", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("1.44", "/v1.44/containers/json?all=1")]
    [InlineData("1.99", "/v1.51/containers/json?all=1")]
    [InlineData(null, "/containers/json?all=1")]
    public async Task A_version_that_both_speak_is_used(string? offered, string expected)
    {
        await using var engine = await FakeEngine.StartAsync();
        engine.Version = offered;
        await using var sidecar = await RunningSidecar.StartAsync(engine.Setting);

        await sidecar.StatusWhenAsync(status => status.Sources.Containers.Available);

        Assert.Equal(["GET /_ping", "GET " + expected], engine.Requests.Take(2));
    }

    [Fact]
    public async Task Cores_in_use_are_counted_between_two_samples()
    {
        await using var engine = await FakeEngine.StartAsync();
        engine.Add(Vllm, List, Details, At(cpu: 5_000_000_000, system: 100_000_000_000));
        using var client = new EngineClient(new EngineAddress(engine.Socket, new Uri("http://localhost/")), TimeSpan.FromSeconds(30), TimeProvider.System);
        var reader = new EngineReader(client, TimeProvider.System);

        Assert.Null((await ReadAsync()).Cpu.UsageCores);
        // In the time in which 16 cores could have given 16 s, it used 3.2 s.
        engine.Add(Vllm, List, Details, At(cpu: 8_200_000_000, system: 116_000_000_000));
        Assert.Equal(3.2, (await ReadAsync()).Cpu.UsageCores);
        // Started anew.
        engine.Add(Vllm, List, Details, At(cpu: 100, system: 132_000_000_000));
        Assert.Null((await ReadAsync()).Cpu.UsageCores);

        async Task<ContainerStatus> ReadAsync() => Assert.Single(Assert.IsType<ContainerReading.Read>(await reader.ReadAsync(Ct)).Containers).Status;
    }

    [Fact]
    public async Task At_most_four_containers_are_asked_about_at_once()
    {
        await using var engine = await FakeEngine.StartAsync();
        var four = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var waiting = 0;
        for (var i = 0; i < 12; i++)
        {
            var id = new string((char)('a' + (i % 6)), 63) + i % 10 + i;
            engine.Add(id, $$"""{"Id":"{{id}}","Names":["/c{{i}}"],"Image":"img","State":"exited"}""", "{}", null);
            engine.Answers[$"/containers/{id}/json"] = async context =>
            {
                // The first four wait for each other: a fifth would come while they do.
                if (Interlocked.Increment(ref waiting) == 4)
                    four.SetResult();
                await four.Task.WaitAsync(context.RequestAborted);
                await context.Response.WriteAsync("{}", context.RequestAborted);
            };
        }
        await using var sidecar = await RunningSidecar.StartAsync(engine.Setting, "CONTAINER_TIMEOUT=1m");

        Assert.Equal(12, (await sidecar.StatusWhenAsync(status => status.Sources.Containers.Available)).Containers.Count);
        Assert.Equal(4, engine.MostAtOnce);
    }

    [Theory]
    [InlineData("""[{"Driver":"nvidia","Count":0,"DeviceIDs":["1"]}]""", "GPU-1")]
    [InlineData("""[{"Driver":"nvidia","Count":0,"DeviceIDs":["GPU-0"]}]""", "GPU-0")]
    [InlineData("""[{"Driver":"","Count":2,"Capabilities":[["gpu","utility"]]}]""", "GPU-0,GPU-1")]
    [InlineData("""[{"Driver":"cdi","DeviceIDs":["nvidia.com/gpu=all"]}]""", "GPU-0,GPU-1")]
    [InlineData("""[{"Driver":"cdi","DeviceIDs":["nvidia.com/gpu=0"]}]""", "GPU-0")]
    [InlineData("""[{"Driver":"other","Count":-1,"Capabilities":[["tpu"]]}]""", "")]
    public async Task A_container_is_told_with_the_GPUs_it_was_given(string requests, string expected)
    {
        using var nvml = await FakeNvml.WithAsync("devices=2");
        await using var engine = await FakeEngine.StartAsync();
        engine.Add(Vllm, List, $$$"""{"HostConfig":{"DeviceRequests":{{{requests}}}}}""", At(1, 1));
        await using var sidecar = await RunningSidecar.StartAsync(engine.Setting, nvml.Setting, "PROC_ROOT=/no-proc-here");

        var status = await sidecar.StatusWhenAsync(status => status.Sources.Containers.Available && status.Sources.Gpu.Available);

        Assert.Equal(expected, string.Join(',', Assert.Single(status.Containers).Gpus));
    }

    [Fact]
    public async Task The_container_of_a_process_on_a_GPU_is_named()
    {
        using var nvml = await FakeNvml.WithAsync("processes=3");
        var proc = Directory.CreateTempSubdirectory("proc-").FullName;
        WriteCgroup(proc, 100, $"0::/system.slice/docker-{Vllm}.scope/inner\n");
        WriteCgroup(proc, 101, $"12:memory:/docker/{Stopped}\n0::/docker/{Stopped}\n");
        await using var engine = await FakeEngine.StartAsync();
        engine.Add(Vllm, List, "{}", At(1, 1));
        await using var sidecar = await RunningSidecar.StartAsync(engine.Setting, nvml.Setting, $"PROC_ROOT={proc}");

        var status = await sidecar.StatusWhenAsync(status => status.Sources.Containers.Available && status.Sources.Gpu.Available);

        Assert.Equal(
            [(100, "vllm-voxtral"), (101, "aaaabbbbcccc"), (102, null)],
            Assert.Single(status.Gpus).Processes?.Select(process => (process.Pid, process.Container)));
        Assert.Equal(["GPU-0"], Assert.Single(status.Containers).Gpus);
        Directory.Delete(proc, recursive: true);
    }

    [Theory]
    [InlineData("""{"usage":100,"limit":1000,"stats":{"cache":40,"inactive_file":10}}""", 60)]
    [InlineData("""{"usage":100,"limit":1000,"stats":{"total_inactive_file":30}}""", 70)]
    [InlineData("""{"usage":100,"limit":1000,"stats":{"cache":200}}""", 100)]
    [InlineData("""{"usage":100,"limit":1000}""", 100)]
    [InlineData("""{"usage":100,"limit":0}""", null)]
    [InlineData("{}", null)]
    public void Memory_is_told_without_the_page_cache(string memory, int? expected) => Assert.Equal(
        expected,
        EngineFigures.MemoryInUse(System.Text.Json.JsonSerializer.Deserialize($$$"""{"memory_stats":{{{memory}}}}""", EngineStatsJson.Default.EngineStats)!.MemoryStats));

    [Fact]
    public async Task A_container_that_is_removed_meanwhile_is_left_out()
    {
        await using var engine = await FakeEngine.StartAsync();
        engine.Add(Vllm, List, Details, At(1, 1));
        engine.Answers[$"/containers/{Vllm}/json"] = FakeVllm.Status(404);
        await using var sidecar = await RunningSidecar.StartAsync(engine.Setting);

        var status = await sidecar.StatusWhenAsync(status => status.Sources.Containers.Available);

        Assert.Equal((null, 0), (status.Sources.Containers.Error, status.Containers.Count));
    }

    static void WriteCgroup(string proc, int pid, string text)
    {
        var folder = Directory.CreateDirectory(Path.Combine(proc, $"{pid}")).FullName;
        File.WriteAllText(Path.Combine(folder, "cgroup"), text);
    }

    static string At(long cpu, long system) => Stats.Replace("$cpu", $"{cpu}", StringComparison.Ordinal).Replace("$system", $"{system}", StringComparison.Ordinal);
}
