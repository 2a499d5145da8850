using System.Globalization;
using AiPlatform.Contracts.Infra;
using Microsoft.Extensions.Options;

namespace AiPlatform.InfraSidecar.Containers;

/// <summary>Finds the container of a process, by its cgroup.</summary>
sealed class ProcessContainers(IOptions<InfraSidecarOptions> options)
{
    /// <summary>The card with the id of the container at each process that runs in one.</summary>
    public GpuStatus AddTo(GpuStatus gpu) => gpu with { Processes = gpu.Processes is null ? null : [.. gpu.Processes.Select(AddTo)] };

    GpuProcess AddTo(GpuProcess process)
    {
        var file = Path.Combine(options.Value.ProcRoot, process.Pid.ToString(CultureInfo.InvariantCulture), "cgroup");
        try
        {
            return process with { Container = ContainerId.In(File.ReadAllText(file)) };
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // Ended in the moment between, or a process of the machine that this container cannot see.
            return process;
        }
    }
}
