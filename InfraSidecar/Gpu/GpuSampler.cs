using System.Diagnostics;
using AiPlatform.Contracts.Infra;
using AiPlatform.InfraSidecar.Containers;
using AiPlatform.InfraSidecar.Gpu.Nvml;
using AiPlatform.InfraSidecar.Sampling;
using Microsoft.Extensions.Options;

namespace AiPlatform.InfraSidecar.Gpu;

/// <summary>Keeps the state of the GPUs current.</summary>
sealed class GpuSampler(
    NvmlSource nvml,
    NvidiaSmi nvidiaSmi,
    ProcessContainers containers,
    IOptions<InfraSidecarOptions> options,
    TimeProvider time,
    ILogger<GpuSampler> logger) : BackgroundService
{
    const string Library = "nvml";
    const string Program = "nvidia-smi";

    readonly SourceLog _log = new(logger, "The GPU source");

    public SampleCache<IReadOnlyList<GpuStatus>> Cache { get; } =
        new(time, options.Value.GpuSampleInterval, Longest(options.Value));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.GpuSampleInterval, time);
        do
        {
            var start = time.GetTimestamp();
            var (backend, reading) = await ReadAsync(stoppingToken);
            Keep(backend, reading, time.GetElapsedTime(start));
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    static TimeSpan Longest(InfraSidecarOptions options) => options.GpuBackend switch
    {
        GpuBackend.Nvml => options.NvmlTimeout,
        GpuBackend.NvidiaSmi => options.NvidiaSmiTimeout,
        _ => options.NvmlTimeout + options.NvidiaSmiTimeout,
    };

    async Task<(string Backend, GpuReading Reading)> ReadAsync(CancellationToken cancellationToken)
    {
        var wanted = options.Value.GpuBackend;
        if (wanted == GpuBackend.NvidiaSmi)
            return (Program, await nvidiaSmi.ReadAsync(cancellationToken));

        var library = await nvml.ReadAsync(cancellationToken);
        if (wanted == GpuBackend.Nvml || library is GpuReading.Read or GpuReading.Late)
            return (Library, library);

        return (library, await nvidiaSmi.ReadAsync(cancellationToken)) switch
        {
            // What is wrong with the library is told beside the values of the program.
            (GpuReading.Failed failed, GpuReading.Read read) => (Program, read with { Error = read.Error ?? failed.Error }),
            (GpuReading.Failed failed, _) => (Library, failed),
            (_, var program) => (Program, program),
        };
    }

    void Keep(string backend, GpuReading reading, TimeSpan duration)
    {
        switch (reading)
        {
            case GpuReading.Absent absent:
                Cache.Absent(absent.Detail);
                _log.Note(null);
                break;
            case GpuReading.Failed failed:
                Cache.Fail(backend, failed.Error);
                _log.Note(failed.Error);
                break;
            case GpuReading.Late late:
                Cache.Fail(backend, late.Error);
                _log.Note(late.Error);
                break;
            case GpuReading.Read read:
                Cache.Store([.. read.Gpus.Select(containers.AddTo)], backend, duration, error: read.Error);
                _log.Note(read.Error);
                break;
            default:
                throw new UnreachableException();
        }
    }
}
