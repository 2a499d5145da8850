using AiPlatform.Contracts.Infra;

namespace AiPlatform.InfraSidecar.Gpu;

/// <summary>What one look at the GPUs gave.</summary>
abstract record GpuReading
{
    GpuReading()
    {
    }

    /// <summary>The server has no NVIDIA GPU, which is no fault.</summary>
    public sealed record Absent(string Detail) : GpuReading;

    public sealed record Failed(InfraError Error) : GpuReading;

    /// <summary>The driver did not answer in time, and may yet: asking it in another way would wait as long.</summary>
    public sealed record Late(InfraError Error) : GpuReading;

    /// <param name="Gpus">At least one.</param>
    /// <param name="Error">What else went wrong, such as one card of several that the driver has lost.</param>
    public sealed record Read(IReadOnlyList<GpuStatus> Gpus, InfraError? Error) : GpuReading;
}
