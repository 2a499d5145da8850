using AiPlatform.Contracts.Infra;
using AiPlatform.InfraSidecar.Containers;
using AiPlatform.InfraSidecar.Tests.Fakes;
using AiPlatform.Testing;

namespace AiPlatform.InfraSidecar.Tests;

public sealed class CgroupTests : IDisposable
{
    const string One = "1111111111111111111111111111111111111111111111111111111111111111";
    const string Two = "2222222222222222222222222222222222222222222222222222222222222222";

    readonly string _root = Directory.CreateTempSubdirectory("cgroup-").FullName;
    readonly ManualTimeProvider _time = new();

    public CgroupTests() => Write("", "cgroup.controllers", "cpu memory");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Containers_of_the_machine_are_found_by_their_groups()
    {
        Write($"system.slice/docker-{One}.scope", "cpu.stat", "usage_usec 5000000\nuser_usec 1\nnr_throttled 0\n");
        Write($"system.slice/docker-{One}.scope", "memory.current", "9000\n");
        Write($"system.slice/docker-{One}.scope", "memory.stat", "anon 1\ninactive_file 2000\n");
        Write($"system.slice/docker-{One}.scope", "memory.max", "10000\n");
        Write($"system.slice/docker-{One}.scope", "memory.events", "oom 1\noom_kill 1\n");
        Write($"system.slice/docker-{One}.scope", "io.stat", "8:0 rbytes=100 wbytes=7 rios=3 wios=1 dbytes=0 dios=0\n259:1 rbytes=20 wbytes=1 rios=1 wios=1\n");
        Write($"system.slice/docker-{One}.scope/inner", "memory.current", "1\n");
        Write($"kubepods.slice/pod1/cri-containerd-{Two}.scope", "memory.max", "max\n");
        Write("user.slice", "memory.current", "77\n");
        var reader = new CgroupReader(_root, _time);
        reader.Read();
        _time.Advance(TimeSpan.FromSeconds(10));
        Write($"system.slice/docker-{One}.scope", "cpu.stat", "usage_usec 37000000\n");

        var read = Assert.IsType<ContainerReading.Read>(reader.Read());

        var expected = new ContainerStatus
        {
            Id = "111111111111",
            Name = "111111111111",
            State = "running",
            OomKilled = true,
            Cpu = new ContainerCpu { UsageCores = 3.2, TimeS = 37 },
            Memory = new ContainerMemory { UsedBytes = 7000, LimitBytes = 10_000 },
            Network = new ContainerNetwork(),
            Disk = new ContainerDisk { ReadBytes = 120, WriteBytes = 8 },
            Gpus = [],
        };
        var bare = expected with { Id = "222222222222", Name = "222222222222", OomKilled = null, Cpu = new(), Memory = new(), Disk = new() };
        Assert.Equivalent(new[] { expected, bare }, read.Containers.Select(entry => entry.Status).OrderBy(status => status.Id), strict: true);
    }

    [Fact]
    public void In_a_container_its_own_figures_are_told()
    {
        Write("", "memory.current", "5000\n");

        var entry = Assert.Single(Assert.IsType<ContainerReading.Read>(new CgroupReader(_root, _time).Read()).Containers);

        Assert.Equal((Environment.MachineName, 5000), (entry.Status.Name, entry.Status.Memory.UsedBytes));
    }

    [Fact]
    public async Task The_kernels_figures_do_not_make_a_server_with_nothing_else_look_well()
    {
        Write("", "memory.current", "5000\n");
        await using var sidecar = await RunningSidecar.StartAsync($"CGROUP_ROOT={_root}", "NVIDIA_SMI_PATH=/no/such/program");

        var status = await sidecar.SampledAsync();

        Assert.Equal("cgroup", status.Sources.Containers.Backend);
        Assert.Single(status.Containers);
        Assert.Equal(InfraHealth.Unavailable, status.Status);
    }

    [Theory]
    [InlineData($"0::/system.slice/docker-{One}.scope\n", "111111111111")]
    [InlineData($"12:memory:/docker/{One}\n0::/\n", "111111111111")]
    [InlineData($"0::/kubepods.slice/kubepods-burstable.slice/kubepods-pod5f.slice/cri-containerd-{Two}.scope\n", "222222222222")]
    [InlineData($"0::/machine.slice/libpod-{One}.scope/container\n", "111111111111")]
    [InlineData($"0::/docker/{One}/docker/{Two}\n", "222222222222")]
    [InlineData("0::/user.slice/user-1000.slice/session-3.scope\n", null)]
    [InlineData($"0::/{One}0\n", null)]
    public void The_container_of_a_process_is_read_from_its_group(string cgroup, string? expected) => Assert.Equal(expected, ContainerId.In(cgroup));

    void Write(string folder, string file, string text) =>
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(_root, folder)).FullName, file), text);
}
