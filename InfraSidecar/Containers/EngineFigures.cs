using System.Globalization;
using AiPlatform.Contracts.Infra;

namespace AiPlatform.InfraSidecar.Containers;

/// <summary>Computes what is reported from what an engine answers.</summary>
static class EngineFigures
{
    /// <summary>Stands for every card of the server.</summary>
    public const string AllGpus = "all";

    // Cached file pages, under the names of cgroup v1 of both kinds of engine and of v2.
    static readonly string[] Caches = ["cache", "total_inactive_file", "inactive_file"];

    /// <summary>Without the page cache; null for a container that does not run.</summary>
    public static long? MemoryInUse(EngineMemory? memory)
    {
        if (memory is not { Usage: { } usage, Limit: > 0 })
            return null;
        foreach (var name in Caches)
        {
            if (memory.Stats?.TryGetValue(name, out var cached) is true && cached < usage)
                return (long)Math.Min(usage - cached, long.MaxValue);
        }
        return (long)Math.Min(usage, long.MaxValue);
    }

    /// <summary>All networks together; null for a container that shares the network of the machine.</summary>
    public static ContainerNetwork Traffic(IReadOnlyDictionary<string, EngineNetwork>? networks) => networks is not { Count: > 0 }
        ? new ContainerNetwork()
        : new ContainerNetwork
        {
            RxBytes = Total(networks.Values.Select(network => network?.RxBytes)),
            TxBytes = Total(networks.Values.Select(network => network?.TxBytes)),
        };

    /// <summary>All disks together; nulls where the kernel does not count.</summary>
    public static ContainerDisk DiskTraffic(EngineDisks? disks) => disks?.IoServiceBytesRecursive is not { Count: > 0 } counts
        ? new ContainerDisk()
        : new ContainerDisk { ReadBytes = OfKind(counts, "read"), WriteBytes = OfKind(counts, "write") };

    /// <summary>The cards asked for: numbers, UUIDs, or <see cref="AllGpus"/>.</summary>
    public static IReadOnlyList<string> Gpus(IReadOnlyList<EngineDeviceRequest>? requests) =>
        [.. (requests ?? []).OfType<EngineDeviceRequest>().Where(IsForGpus).SelectMany(Devices).Distinct(StringComparer.Ordinal)];

    static long OfKind(IEnumerable<EngineDiskBytes?> counts, string kind) =>
        Total(counts.Where(count => string.Equals(count?.Op, kind, StringComparison.OrdinalIgnoreCase)).Select(count => count!.Value));

    // An engine may say what it likes: a sum that no long holds must not end the process.
    static long Total(IEnumerable<ulong?> counts) =>
        (long)counts.Aggregate(UInt128.Zero, (sum, count) => sum + (count ?? 0), sum => UInt128.Min(sum, long.MaxValue));

    static bool IsForGpus(EngineDeviceRequest request) => request.Driver is "nvidia" or "cdi"
        || (request.Capabilities ?? []).Any(all => all?.Contains("gpu", StringComparer.Ordinal) is true);

    static IEnumerable<string> Devices(EngineDeviceRequest request)
    {
        // With the container device interface, a device is nvidia.com/gpu=0.
        if (request.DeviceIds is { Count: > 0 } ids)
            return ids.OfType<string>().Select(id => id[(id.IndexOf('=', StringComparison.Ordinal) + 1)..]);
        return request.Count switch
        {
            -1 => [AllGpus],
            > 0 and <= 64 and var count => Enumerable.Range(0, count).Select(index => index.ToString(CultureInfo.InvariantCulture)),
            _ => [],
        };
    }
}
