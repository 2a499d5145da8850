using AiPlatform.Contracts.Infra;
using AiPlatform.InfraSidecar.Containers;
using AiPlatform.InfraSidecar.Tests.Fakes;
using AiPlatform.Testing;
using Microsoft.AspNetCore.Http;

namespace AiPlatform.InfraSidecar.Tests;

public sealed class ContainerFailureTests
{
    const string Id = "3f2a9c1d5e7b8a6f4c2d1e0b9a8f7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f1a0b";
    const string List = $$"""{"Id":"{{Id}}","Names":["/vllm"],"Image":"img","State":"running"}""";

    [Fact]
    public void Figures_beyond_all_measure_stop_at_the_highest_number()
    {
        var traffic = EngineFigures.Traffic(new Dictionary<string, EngineNetwork> { ["a"] = new(ulong.MaxValue, 1), ["b"] = new(long.MaxValue, 2) });

        Assert.Equal((long.MaxValue, 3), (traffic.RxBytes, traffic.TxBytes));
        Assert.Equal(long.MaxValue, EngineFigures.MemoryInUse(new EngineMemory(ulong.MaxValue, 1, null)));
    }

    [Fact]
    public async Task Without_an_engine_and_the_kernels_figures_containers_are_not_read()
    {
        await using var sidecar = await RunningSidecar.StartAsync();

        var status = await sidecar.SampledAsync();

        const string Detail =
            "Containers are not read: no container engine is connected (CONTAINER_ENGINE), and /no-cgroup-here is no cgroup v2 (CGROUP_ROOT).";
        Assert.Equal(new SourceState { Available = false, Backend = "none", Stale = false, Detail = Detail }, status.Sources.Containers);
    }

    [Fact]
    public async Task A_socket_that_is_not_there_is_named()
    {
        await using var sidecar = await RunningSidecar.StartAsync("CONTAINER_ENGINE=unix:///no/such/docker.sock");

        var status = await sidecar.SampledAsync();

        Assert.Equal("unreachable", status.Sources.Containers.Error?.Code);
        Assert.StartsWith("/no/such/docker.sock:/_ping cannot be reached: ", status.Sources.Containers.Error?.Message, StringComparison.Ordinal);
        Assert.Equal(InfraHealth.Unavailable, status.Status);
    }

    public static TheoryData<string, RequestDelegate, string> BadAnswers => new()
    {
        { "a proxy that does not let it through", FakeVllm.Status(403), "http_error" },
        { "garbage", FakeVllm.Text("<html>"), "unreadable" },
        { "another JSON", FakeVllm.Text("{}"), "unreadable" },
        { "null", FakeVllm.Text("null"), "unreadable" },
        { "10 MB", FakeVllm.Garbage(10_000_000, announced: false), "too_large" },
    };

    [Theory]
    [MemberData(nameof(BadAnswers), DisableDiscoveryEnumeration = true)]
    public async Task A_bad_list_is_named_and_the_version_agreed_on_anew(string what, RequestDelegate answer, string code)
    {
        await using var engine = await FakeEngine.StartAsync();
        engine.Answers["/containers/json"] = answer;
        await using var sidecar = await RunningSidecar.StartAsync(engine.Setting, "CONTAINER_TIMEOUT=1m");

        var status = await sidecar.StatusWhenAsync(status => status.Sources.Containers.Error is not null);

        Assert.True(code == status.Sources.Containers.Error?.Code, $"{what}: {status.Sources.Containers.Error}");
        Assert.False(status.Sources.Containers.Available);
        await Eventually.That(() => Assert.True(engine.Requests.Count(request => request == "GET /_ping") > 1), TestContext.Current.CancellationToken);
        engine.Answers.TryRemove("/containers/json", out _);
        await sidecar.StatusWhenAsync(status => status.Sources.Containers is { Available: true, Error: null });
    }

    [Fact]
    public async Task A_container_that_cannot_be_read_keeps_its_name_and_hides_no_other()
    {
        await using var engine = await FakeEngine.StartAsync();
        engine.Add(Id, List, "{}", "no JSON");
        engine.Add("other", """{"Id":"other","Names":null,"Image":null,"State":"exited"}""", """{"State":{"Status":"dead"}}""", null);
        await using var sidecar = await RunningSidecar.StartAsync(engine.Setting);

        var status = await sidecar.StatusWhenAsync(status => status.Sources.Containers.Available);

        Assert.Equal([("other", "dead"), ("vllm", "running")], status.Containers.Select(container => (container.Name, container.State)));
        Assert.Equal(new ContainerMemory(), status.Containers[1].Memory);
        Assert.Equal("partial", status.Sources.Containers.Error?.Code);
        Assert.Equal(InfraHealth.Degraded, status.Status);
    }

    [Fact]
    public async Task Nulls_where_there_should_be_none_are_passed_over()
    {
        await using var engine = await FakeEngine.StartAsync();
        engine.Answers["/containers/json"] = FakeVllm.Text($$"""[null,{},{"Id":"{{Id}}","Names":[null],"Image":null,"State":"running"}]""");
        engine.Answers[$"/containers/{Id}/json"] =
            FakeVllm.Text("""{"State":null,"HostConfig":{"DeviceRequests":[null,{"Capabilities":[null]},{"Driver":"nvidia","DeviceIDs":[null]}]}}""");
        engine.Answers[$"/containers/{Id}/stats"] = FakeVllm.Text("""{"cpu_stats":null,"memory_stats":{},"networks":{"eth0":null},"blkio_stats":{"io_service_bytes_recursive":[null,{}]}}""");
        await using var sidecar = await RunningSidecar.StartAsync(engine.Setting);

        var container = Assert.Single((await sidecar.StatusWhenAsync(status => status.Sources.Containers.Available)).Containers);

        Assert.Equal(("3f2a9c1d5e7b", null, "running"), (container.Name, container.Image, container.State));
    }

    [Fact]
    public async Task An_engine_that_is_silent_is_given_up()
    {
        await using var engine = await FakeEngine.StartAsync();
        engine.Answers["/containers/json"] = FakeVllm.Silence;
        await using var sidecar = await RunningSidecar.StartAsync(engine.Setting, "CONTAINER_TIMEOUT=1s");

        var status = await sidecar.StatusWhenAsync(status => status.Sources.Containers.Error is { Code: "timeout" } error
            && error.Message.Contains("containers/json", StringComparison.Ordinal));

        Assert.Equal($"{engine.Socket}:/v1.44/containers/json did not answer within 1 s.", status.Sources.Containers.Error?.Message);
    }
}
