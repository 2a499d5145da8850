using AiPlatform.Contracts.Infra;
using AiPlatform.InfraSidecar.Sampling;
using Microsoft.Extensions.Options;

namespace AiPlatform.InfraSidecar.Vllm;

/// <summary>Keeps the state of the model servers current.</summary>
sealed class VllmSampler : BackgroundService
{
    const string Backend = "prometheus";

    // A server with 64 engines exports about 2 MB.
    const int SizeLimit = 4 * 1_048_576;

    readonly IReadOnlyList<(VllmProbe Probe, SourceLog Log)> _probes;
    readonly PageClient _client;
    readonly TimeSpan _interval;
    readonly TimeProvider _time;

    public VllmSampler(IOptions<InfraSidecarOptions> options, TimeProvider time, ILogger<VllmSampler> logger)
    {
        _interval = options.Value.VllmSampleInterval;
        _client = new PageClient(PageClient.Handler(), options.Value.VllmScrapeTimeout, SizeLimit, time);
        _time = time;
        Cache = new SampleCache<IReadOnlyList<InferenceStatus>>(time, _interval, options.Value.VllmScrapeTimeout);
        _probes = [.. options.Value.VllmMetricsUrls.Select(Server)
            .Select(server => (new VllmProbe(server, _client, time), new SourceLog(logger, $"Model server {server.Name}")))];
    }

    public SampleCache<IReadOnlyList<InferenceStatus>> Cache { get; }

    public override void Dispose()
    {
        _client.Dispose();
        base.Dispose();
    }

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

    void Keep(InferenceStatus[] servers, TimeSpan duration)
    {
        foreach (var (entry, server) in _probes.Zip(servers))
            entry.Log.Note(server.Error);

        var available = servers.Any(server => server.Requests.Running is not null);
        Cache.Store(servers, Backend, duration, available, Summarize(servers));
    }

    static InfraError? Summarize(InferenceStatus[] servers)
    {
        InferenceStatus[] failing = [.. servers.Where(server => server.Error is not null)];
        if (failing.Length == 0 || servers.Length == 1)
            return servers[0].Error;
        var names = string.Join(", ", failing.Select(server => server.Name));
        return new InfraError(
            failing.Length == servers.Length ? "all_failed" : "partial",
            $"{failing.Length} of {servers.Length} model servers are in trouble: {names}.");
    }

    static VllmServer Server(string entry) =>
        VllmServer.TryParse(entry, out var server) ? server : throw new InvalidOperationException($"'{entry}' passed the check of the settings.");
}
