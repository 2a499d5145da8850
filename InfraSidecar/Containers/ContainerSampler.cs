using System.Diagnostics;
using AiPlatform.InfraSidecar.Sampling;
using Microsoft.Extensions.Options;

namespace AiPlatform.InfraSidecar.Containers;

/// <summary>Keeps the state of the containers current.</summary>
sealed class ContainerSampler : BackgroundService
{
    /// <summary>The kernel's figures, which are there without anybody asking for them.</summary>
    public const string Kernel = "cgroup";

    const string Engine = "docker";

    readonly TimeProvider _time;
    readonly TimeSpan _interval;
    readonly SourceLog _log;
    readonly CgroupReader _cgroups;
    readonly EngineClient? _client;
    readonly EngineReader? _engine;

    public ContainerSampler(IOptions<InfraSidecarOptions> options, TimeProvider time, ILogger<ContainerSampler> logger)
    {
        _time = time;
        _interval = options.Value.ContainerSampleInterval;
        _log = new SourceLog(logger, "The container source");
        _cgroups = new CgroupReader(options.Value.CgroupRoot, time);
        Cache = new SampleCache<IReadOnlyList<ContainerReading.Entry>>(time, _interval, EngineReader.Limit + options.Value.ContainerTimeout);
        if (EngineAddress.TryParse(options.Value.ContainerEngine ?? "", out var address))
        {
            _client = new EngineClient(address, options.Value.ContainerTimeout, time);
            _engine = new EngineReader(_client, time);
        }
    }

    public SampleCache<IReadOnlyList<ContainerReading.Entry>> Cache { get; }

    public override void Dispose()
    {
        _client?.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_interval, _time);
        do
        {
            var start = _time.GetTimestamp();
            Keep(_engine is null ? _cgroups.Read() : await _engine.ReadAsync(stoppingToken), _time.GetElapsedTime(start));
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    void Keep(ContainerReading reading, TimeSpan duration)
    {
        var backend = _engine is null ? Kernel : Engine;
        switch (reading)
        {
            case ContainerReading.Absent absent:
                Cache.Absent(absent.Detail);
                _log.Note(null);
                break;
            case ContainerReading.Failed failed:
                Cache.Fail(backend, failed.Error);
                _log.Note(failed.Error);
                break;
            case ContainerReading.Read read:
                Cache.Store(read.Containers, backend, duration, error: read.Error);
                _log.Note(read.Error);
                break;
            default:
                throw new UnreachableException();
        }
    }
}
