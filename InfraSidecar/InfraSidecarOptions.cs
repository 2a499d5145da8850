using System.ComponentModel.DataAnnotations;
using AiPlatform.InfraSidecar.Containers;
using AiPlatform.InfraSidecar.Gpu;
using AiPlatform.InfraSidecar.Vllm;

namespace AiPlatform.InfraSidecar;

/// <summary>What the sidecar samples, how often, and who may read it.</summary>
sealed class InfraSidecarOptions
{
    /// <summary>Bearer token that <c>GET /status</c> asks for. Empty leaves the route open: then only a private network may reach it. In a file it stands alone or as
    /// <c>*=token</c>, so that the API can have the same one.</summary>
    /// <value>Default empty.</value>
    [ConfigurationKeyName("INFRA_SIDECAR_TOKEN"), DataType(DataType.Password)]
    public string? Token { get; set; }

    /// <summary>
    /// How the GPUs are read: by the driver's library, <c>nvml</c>; by a program that can be killed, <c>nvidia-smi</c>; or <c>auto</c>, by the library
    /// and, where that is absent, fails or hangs, by the program.
    /// </summary>
    /// <value>Default auto.</value>
    [ConfigurationKeyName("GPU_BACKEND")]
    public GpuBackend GpuBackend { get; set; } = GpuBackend.Auto;

    /// <summary>
    /// The driver's library. A bare name is looked for as the system's loader does, and not finding it means that the server has no NVIDIA driver; a
    /// path must exist, and not finding it is reported as an error.
    /// </summary>
    /// <value>Default libnvidia-ml.so.1.</value>
    [ConfigurationKeyName("NVML_LIBRARY"), Required]
    public string NvmlLibrary { get; set; } = "libnvidia-ml.so.1";

    /// <summary>
    /// Time for one sample of all GPUs by the library, which takes milliseconds. A call that takes longer is given up; after three, or one that
    /// takes three times as long, the driver counts as stuck, and nvidia-smi is used instead.
    /// </summary>
    /// <value>Default 5s, from 100ms to 1m.</value>
    [ConfigurationKeyName("NVML_TIMEOUT"), Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan NvmlTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The program that reads the GPUs. A bare name is looked for on the PATH, and not finding it means that the server has no NVIDIA GPU; a path
    /// must exist, and not finding it is reported as an error.
    /// </summary>
    /// <value>Default nvidia-smi.</value>
    [ConfigurationKeyName("NVIDIA_SMI_PATH"), Required]
    public string NvidiaSmiPath { get; set; } = "nvidia-smi";

    /// <summary>
    /// Time for one sample of all GPUs. Without the driver's persistence mode nvidia-smi takes seconds; when it hangs it is killed.
    /// </summary>
    /// <value>Default 10s, from 100ms to 5m.</value>
    [ConfigurationKeyName("NVIDIA_SMI_TIMEOUT"), Range(typeof(TimeSpan), "00:00:00.1", "00:05:00")]
    public TimeSpan NvidiaSmiTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Time between two samples of the GPUs. Values older than three intervals, or one interval and the timeouts, are withheld.
    /// </summary>
    /// <value>Default 5s, from 100ms to 10m.</value>
    [ConfigurationKeyName("GPU_SAMPLE_INTERVAL"), Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan GpuSampleInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Addresses of the vLLM servers, comma-separated, each with or without <c>/v1</c>, and with a name in front where host and port say too
    /// little: <c>voxtral=http://vllm-voxtral:8000,http://vllm:8000</c>.
    /// </summary>
    /// <value>Default empty: no model server is watched. At most 32.</value>
    [ConfigurationKeyName("VLLM_METRICS_URLS"), VllmServers]
    public IReadOnlyList<string> VllmMetricsUrls { get; set; } = [];

    /// <summary>Time for one vLLM server to answer.</summary>
    /// <value>Default 3s, from 100ms to 1m.</value>
    [ConfigurationKeyName("VLLM_SCRAPE_TIMEOUT"), Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan VllmScrapeTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Time between two scrapes of the vLLM servers. Values older than three intervals, or one interval and the timeout, are withheld.
    /// </summary>
    /// <value>Default 5s, from 100ms to 1m.</value>
    [ConfigurationKeyName("VLLM_SAMPLE_INTERVAL"), Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan VllmSampleInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Directories whose file systems are reported, comma-separated.</summary>
    /// <value>Default /.</value>
    [ConfigurationKeyName("HOST_DISKS"), MaxLength(16)]
    public IReadOnlyList<string> HostDisks { get; set; } = ["/"];

    /// <summary>
    /// Where containers are read: <c>unix:///var/run/docker.sock</c>, or <c>http://socket-proxy:2375</c>. Who may use the socket is root on the machine:
    /// give the sidecar a proxy that passes on only GET. Environment and arguments of containers are never read.
    /// </summary>
    /// <value>Default empty: only what the kernel tells is reported.</value>
    [ConfigurationKeyName("CONTAINER_ENGINE"), EngineAddress]
    public string? ContainerEngine { get; set; }

    /// <summary>Time for the engine to answer one question; it is asked two for each container, four at a time.</summary>
    /// <value>Default 3s, from 100ms to 1m.</value>
    [ConfigurationKeyName("CONTAINER_TIMEOUT"), Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan ContainerTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Time between two samples of the containers. Values older than three intervals, or one interval,
    /// <c>CONTAINER_TIMEOUT</c> and 30 s, are withheld.</summary>
    /// <value>Default 10s, from 100ms to 10m.</value>
    [ConfigurationKeyName("CONTAINER_SAMPLE_INTERVAL"), Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan ContainerSampleInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Where the machine's cgroup v2 is mounted, for the figures of containers without an engine.</summary>
    /// <value>Default /sys/fs/cgroup.</value>
    [ConfigurationKeyName("CGROUP_ROOT"), Required]
    public string CgroupRoot { get; set; } = "/sys/fs/cgroup";

    /// <summary>Where the machine's process files are mounted: load, memory, and the containers of the processes on the GPUs.</summary>
    /// <value>Default /proc.</value>
    [ConfigurationKeyName("PROC_ROOT"), Required]
    public string ProcRoot { get; set; } = "/proc";
}
