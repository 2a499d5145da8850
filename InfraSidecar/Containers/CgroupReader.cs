using System.Globalization;
using AiPlatform.Contracts.Infra;

namespace AiPlatform.InfraSidecar.Containers;

/// <summary>
/// Reads the figures that the kernel keeps of containers (cgroup v2), which needs no rights. Names and images it does not know: an id stands for the
/// name. Where no other container can be seen, the one this process runs in is reported. Not for concurrent use.
/// </summary>
sealed class CgroupReader(string root, TimeProvider time)
{
    const int MostFolders = 4096, MostContainers = 200, MostDepth = 8;

    readonly CpuMeter _cpu = new(time);

    public ContainerReading Read()
    {
        if (!File.Exists(Path.Combine(root, "cgroup.controllers")))
        {
            return new ContainerReading.Absent(
                $"Containers are not read: no container engine is connected (CONTAINER_ENGINE), and {root} is no cgroup v2 (CGROUP_ROOT).");
        }
        List<(string Id, string Folder)> containers;
        try
        {
            containers = Find();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return new ContainerReading.Failed(new InfraError("unreadable", $"{root} cannot be listed (CGROUP_ROOT): {fault.Message}"));
        }
        if (containers.Count == 0 && Text(root, "memory.current") is not null)
            containers.Add((Environment.MachineName, root));
        List<ContainerReading.Entry> read = [.. containers.Select(container => new ContainerReading.Entry(Describe(container.Id, container.Folder), []))];
        _cpu.EndSample();
        return read.Count > 0
            ? new ContainerReading.Read(read, null)
            : new ContainerReading.Absent($"No container is below {root} (CGROUP_ROOT), and no container engine is connected (CONTAINER_ENGINE).");
    }

    List<(string Id, string Folder)> Find()
    {
        List<(string, string)> found = [];
        var everywhere = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = MostDepth, IgnoreInaccessible = true };
        foreach (var folder in Directory.EnumerateDirectories(root, "*", everywhere).Take(MostFolders))
        {
            // A container's own groups lie below it and are part of its figures.
            if (ContainerId.In(Path.GetFileName(folder)) is { } id && ContainerId.In(Path.GetDirectoryName(folder)!) is null && found.Count < MostContainers)
                found.Add((id, folder));
        }
        return found;
    }

    ContainerStatus Describe(string id, string folder)
    {
        var microseconds = Entry(folder, "cpu.stat", "usage_usec");
        var current = Number(Text(folder, "memory.current"));
        return new ContainerStatus
        {
            Id = id,
            Name = id,
            State = "running",
            OomKilled = Entry(folder, "memory.events", "oom_kill") is { } kills ? kills > 0 : null,
            Cpu = new ContainerCpu { UsageCores = _cpu.Measure(id, (ulong?)microseconds * 1000), TimeS = microseconds / 1e6 },
            Memory = new ContainerMemory
            {
                UsedBytes = current - Math.Min(current ?? 0, Entry(folder, "memory.stat", "inactive_file") ?? 0),
                LimitBytes = Number(Text(folder, "memory.max")),
            },
            Network = new ContainerNetwork(),
            Disk = new ContainerDisk { ReadBytes = DiskBytes(folder, "rbytes"), WriteBytes = DiskBytes(folder, "wbytes") },
            Gpus = [],
        };
    }

    static long? Entry(string folder, string file, string name) => Text(folder, file)?.Split('\n')
        .Where(line => line.StartsWith(name + " ", StringComparison.Ordinal)).Select(line => Number(line[(name.Length + 1)..])).FirstOrDefault();

    // A line for each disk: 8:0 rbytes=1459200 wbytes=314773504 rios=192 …
    static long? DiskBytes(string folder, string name) => Text(folder, "io.stat")?.Split([' ', '\n'])
        .Where(word => word.StartsWith(name + "=", StringComparison.Ordinal)).Sum(word => Number(word[(name.Length + 1)..]) ?? 0);

    // "max" stands for no limit.
    static long? Number(string? text) => long.TryParse(text, NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var number) ? number : null;

    static string? Text(string folder, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, file));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // Ended in the moment between, or without this controller.
            return null;
        }
    }
}
