using System.Globalization;
using AiPlatform.Contracts.Infra;

namespace AiPlatform.InfraSidecar.Containers;

/// <summary>Tells which container uses which GPU: by what it asked for when it was made, and by the processes that are on the cards.</summary>
static class GpuAssignment
{
    /// <summary>Containers with their GPUs, and GPUs whose processes carry the names of their containers.</summary>
    public static (IReadOnlyList<GpuStatus> Gpus, IReadOnlyList<ContainerStatus> Containers) Join(
        IReadOnlyList<GpuStatus> gpus, IReadOnlyList<ContainerReading.Entry> containers)
    {
        var names = containers.DistinctBy(entry => entry.Status.Id).ToDictionary(entry => entry.Status.Id, entry => entry.Status.Name);
        return (
            [.. gpus.Select(gpu => gpu with { Processes = gpu.Processes is null ? null : [.. gpu.Processes.Select(process => Name(process, names))] })],
            [.. containers.Select(entry => entry.Status with { Gpus = [.. gpus.Where(gpu => Uses(entry, gpu)).Select(gpu => gpu.Uuid!)] })]);
    }

    static GpuProcess Name(GpuProcess process, Dictionary<string, string> names) =>
        process.Container is { } id && names.TryGetValue(id, out var name) ? process with { Container = name } : process;

    static bool Uses(ContainerReading.Entry entry, GpuStatus gpu) => gpu.Uuid is not null
        && (entry.Gpus.Any(asked => IsFor(asked, gpu)) || gpu.Processes?.Any(process => process.Container == entry.Status.Id) is true);

    // A number, "number:slice", or the beginning of a UUID, of the card or of one of its slices.
    static bool IsFor(string asked, GpuStatus gpu) => asked == EngineFigures.AllGpus
        || asked.Split(':')[0] == gpu.Index?.ToString(CultureInfo.InvariantCulture)
        || (asked.StartsWith("GPU-", StringComparison.Ordinal) && gpu.Uuid!.StartsWith(asked, StringComparison.Ordinal))
        || gpu.Mig.Instances.Any(slice => slice.Uuid == asked);
}
