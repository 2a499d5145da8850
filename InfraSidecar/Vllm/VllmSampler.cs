using AiPlatform.Contracts.Infra;
using AiPlatform.InfraSidecar.Sampling;
using Microsoft.Extensions.Options;

namespace AiPlatform.InfraSidecar.Vllm;

/// <summary>Keeps the state of the model servers current.</summary>
internal sealed class VllmSampler : BackgroundService
{
    private const string Backend = "prometheus";

    private readonly IReadOnlyList<(VllmProbe Probe, SourceLog Log)> _probes;
    private readonly TimeSpan _interval;
    private readonly TimeProvider _time;

    public VllmSampler(VllmClient client, IOptions<InfraSidecarOptions> options, TimeProvider time, ILogger<VllmSampler> logger)
    {
        _interval = options.Value.VllmSampleInterval;
        _time = time;
        Cache = new SampleCache<IReadOnlyList<InferenceStatus>>(time, _interval, options.Value.VllmScrapeTimeout);
        _probes = [.. Servers(options.Value.VllmMetricsUrls).Select(server => (new VllmProbe(server, client, time), new SourceLog(logger, $"Model server {server.Name}")))];
    }

    public SampleCache<IReadOnlyList<InferenceStatus>> Cache { get; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_probes.Count == 0)
        {
            Cache.Absent("No model server is configured (VLLM_METRICS_URLS).");
            return;
        }

        using var timer = new PeriodicTimer(_interval, _time);
        do
        {
            var start = _time.GetTimestamp();
            // The number of servers is bounded by the settings, and each answer by time and size.
            var servers = await Task.WhenAll(_probes.Select(entry => entry.Probe.SampleAsync(stoppingToken)));
            Keep(servers, _time.GetElapsedTime(start));
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private void Keep(InferenceStatus[] servers, TimeSpan duration)
    {
        foreach (var (entry, server) in _probes.Zip(servers))
            entry.Log.Note(server.Error);

        InferenceStatus[] failing = [.. servers.Where(server => server.Error is not null)];
        var error = failing.Length == 0 ? null
            : servers.Length == 1 ? failing[0].Error
            : new InfraError("partial", $"{failing.Length} of {servers.Length} model servers are in trouble: {string.Join(", ", failing.Select(server => server.Name))}.");
        if (failing.Length == servers.Length && servers.Length > 1)
            error = error! with { Code = "all_failed" };
        Cache.Store(servers, Backend, duration, available: servers.Any(server => server.Requests.Running is not null), error);
    }

    private static IEnumerable<VllmServer> Servers(IReadOnlyList<string> entries) =>
        entries.Select(entry => VllmServer.TryParse(entry, out var server) ? server : throw new InvalidOperationException($"'{entry}' passed the check of the settings."));
}
