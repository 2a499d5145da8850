using AiPlatform.Contracts.Infra;
using AiPlatform.InfraSidecar.Containers;
using AiPlatform.InfraSidecar.Gpu;
using AiPlatform.InfraSidecar.Host;
using AiPlatform.InfraSidecar.Vllm;

namespace AiPlatform.InfraSidecar;

/// <summary>Puts the last samples together. It reads memory only: no request waits for a driver or a server.</summary>
sealed class StatusReport(GpuSampler gpus, ContainerSampler containers, VllmSampler inference, HostSampler host, TimeProvider time)
{
    public InfraStatus Current()
    {
        var (gpuValues, gpuState) = gpus.Cache.Read();
        var (containerValues, containerState) = containers.Cache.Read();
        var (inferenceValues, inferenceState) = inference.Cache.Read();
        var (cards, users) = GpuAssignment.Join(gpuValues ?? [], containerValues ?? []);
        // The kernel's figures are always there and say nothing about the others.
        SourceState[] told = containerState.Backend == ContainerSampler.Kernel ? [gpuState, inferenceState] : [gpuState, containerState, inferenceState];
        return new InfraStatus
        {
            Status = Judge(told, cards),
            GeneratedAt = time.GetUtcNow(),
            Host = host.Cache.Read().Value ?? new HostStatus { Name = Environment.MachineName, Disk = [] },
            Sources = new InfraSources { Gpu = gpuState, Containers = containerState, Vllm = inferenceState },
            Gpus = cards,
            Containers = users,
            Inference = inferenceValues ?? [],
        };
    }

    internal static InfraHealth Judge(IReadOnlyList<SourceState> sources, IReadOnlyList<GpuStatus> gpus)
    {
        var wellRead = sources.All(source => source.Error is null) && gpus.All(gpu => gpu.State is GpuState.Ok or GpuState.Unknown);
        if (wellRead)
            return InfraHealth.Ok;
        return sources.Any(source => source.Available) ? InfraHealth.Degraded : InfraHealth.Unavailable;
    }
}
