using AiPlatform.Contracts.Infra;
using AiPlatform.InfraSidecar.Sampling;
using Microsoft.Extensions.Options;

namespace AiPlatform.InfraSidecar.Host;

/// <summary>Keeps load, memory and disks of the machine current.</summary>
sealed class HostSampler(IOptions<InfraSidecarOptions> options, TimeProvider time) : BackgroundService
{
    static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    CpuTicks? _cpu;

    public SampleCache<HostStatus> Cache { get; } = new(time, Interval, Interval);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            var start = time.GetTimestamp();
            Cache.Store(await SampleAsync(stoppingToken), "proc", time.GetElapsedTime(start));
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    async Task<HostStatus> SampleAsync(CancellationToken cancellationToken)
    {
        var earlier = _cpu;
        _cpu = ProcFiles.Cpu(await ReadAsync("stat", cancellationToken));
        var load = ProcFiles.First(await ReadAsync("loadavg", cancellationToken));
        return new HostStatus
        {
            Name = Environment.MachineName,
            UptimeS = ProcFiles.First(await ReadAsync("uptime", cancellationToken)) ?? Environment.TickCount64 / 1000,
            Cpu = _cpu is null && load is null ? null : new HostCpu { Usage = _cpu?.UsageSince(earlier), Load1 = load },
            Memory = ProcFiles.Memory(await ReadAsync("meminfo", cancellationToken)),
            Disk = [.. options.Value.HostDisks.Select(Disk).OfType<HostDisk>()],
        };
    }

    /// <summary>Empty where there is no such file: other systems have none.</summary>
    async Task<string> ReadAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return await File.ReadAllTextAsync(Path.Combine(options.Value.ProcRoot, name), cancellationToken);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    static HostDisk? Disk(string mount)
    {
        try
        {
            var drive = new DriveInfo(mount);
            return new HostDisk { Mount = mount, TotalBytes = drive.TotalSize, FreeBytes = drive.AvailableFreeSpace };
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Not mounted now; a missing entry says so.
            return null;
        }
    }
}
