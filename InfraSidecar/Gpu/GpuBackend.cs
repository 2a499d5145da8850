using System.Text.Json.Serialization;

namespace AiPlatform.InfraSidecar.Gpu;

/// <summary>How the GPUs are read.</summary>
enum GpuBackend
{
    /// <summary>By the driver's library, and by nvidia-smi where that does not work.</summary>
    Auto,

    Nvml,

    [JsonStringEnumMemberName("nvidia-smi")]
    NvidiaSmi,
}
