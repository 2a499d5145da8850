using System.Diagnostics;
using AiPlatform.Contracts.Infra;
using AiPlatform.InfraSidecar.Sampling;
using Microsoft.Extensions.Options;

namespace AiPlatform.InfraSidecar.Gpu;

/// <summary>Keeps the state of the GPUs current.</summary>
sealed class GpuSampler(NvidiaSmi nvidiaSmi, IOptions<InfraSidecarOptions> options, TimeProvider time, ILogger<GpuSampler> logger)
    : BackgroundService
{
    const string Backend = "nvidia-smi";

    readonly SourceLog _log = new(logger, "The GPU source");

    public SampleCache<IReadOnlyList<GpuStatus>> Cache { get; } = new(time, options.Value.GpuSampleInterval, options.Value.NvidiaSmiTimeout);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.GpuSampleInterval, time);
        do
        {
            var start = time.GetTimestamp();
            Keep(await nvidiaSmi.ReadAsync(stoppingToken), time.GetElapsedTime(start));
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    void Keep(GpuReading reading, TimeSpan duration)
    {
        switch (reading)
        {
            case GpuReading.Absent absent:
                Cache.Absent(absent.Detail);
                _log.Note(null);
                break;
            case GpuReading.Failed failed:
                Cache.Fail(Backend, failed.Error);
                _log.Note(failed.Error);
                break;
            case GpuReading.Read read:
                Cache.Store(read.Gpus, Backend, duration, error: read.Error);
                _log.Note(read.Error);
                break;
            default:
                throw new UnreachableException();
        }
    }
}
