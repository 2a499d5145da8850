using AiPlatform.Contracts.Infra;
using AiPlatform.InfraSidecar.Gpu;
using AiPlatform.InfraSidecar.Host;
using AiPlatform.InfraSidecar.Vllm;

namespace AiPlatform.InfraSidecar;

/// <summary>Puts the last samples together. It reads memory only: no request waits for a driver or a server.</summary>
sealed class StatusReport(GpuSampler gpus, VllmSampler inference, HostSampler host, TimeProvider time)
{
    // Reading containers needs the container runtime's socket, which is root on the machine: it is not taken by default.
    static readonly SourceState NoContainers = new()
    {
        Available = false,
        Backend = "none",
        Stale = false,
        Detail = "Containers are not read: no container runtime is connected.",
    };

    public InfraStatus Current()
    {
        var (gpuValues, gpuState) = gpus.Cache.Read();
        var (inferenceValues, inferenceState) = inference.Cache.Read();
        return new InfraStatus
        {
            Status = Judge([gpuState, inferenceState], gpuValues ?? []),
            GeneratedAt = time.GetUtcNow(),
            Host = host.Cache.Read().Value ?? new HostStatus { Name = Environment.MachineName, Disk = [] },
            Sources = new InfraSources { Gpu = gpuState, Containers = NoContainers, Vllm = inferenceState },
            Gpus = gpuValues ?? [],
            Containers = [],
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
