using AiPlatform.Contracts.Infra;
using AiPlatform.InfraSidecar.Host;

namespace AiPlatform.InfraSidecar.Tests;

public sealed class ProcFilesTests
{
    [Fact]
    public void Busy_time_leaves_out_idling_and_waiting_for_disks()
    {
        var before = ProcFiles.Cpu("cpu  100 0 50 800 50 0 0 0 90 0\ncpu0 1 2 3 4\n");
        var after = ProcFiles.Cpu("cpu  160 0 60 820 55 5 0 0 90 0\n");

        Assert.Equal(new CpuTicks(150, 1000), before);
        Assert.Equal(0.75, after?.UsageSince(before));
        Assert.Null(after?.UsageSince(after));
        Assert.Null(after?.UsageSince(null));
    }

    [Theory]
    [InlineData("")]
    [InlineData("intr 1 2 3 4 5")]
    [InlineData("cpu 1 2")]
    [InlineData("cpu a b c d e")]
    public void Other_text_is_no_processor_time(string stat) => Assert.Null(ProcFiles.Cpu(stat));

    [Fact]
    public void Used_memory_leaves_out_the_page_cache() => Assert.Equal(
        new HostMemory { TotalBytes = 2048 * 1024, UsedBytes = 1024 * 1024 },
        ProcFiles.Memory("MemTotal:        2048 kB\nMemFree:  1 kB\nMemAvailable:    1024 kB\n"));

    [Theory]
    [InlineData("")]
    [InlineData("MemTotal: 2048 kB\n")]
    [InlineData("MemTotal: many\nMemAvailable: 1 kB")]
    public void Other_text_is_no_memory(string meminfo) => Assert.Null(ProcFiles.Memory(meminfo));

    [Theory]
    [InlineData("0.52 0.58 0.59 1/821 12345\n", 0.52)]
    [InlineData("", null)]
    public void The_first_number_is_read(string text, double? expected) => Assert.Equal(expected, ProcFiles.First(text));
}
