using System.Diagnostics;
using System.Text.Json;
using AiPlatform.Contracts.Infra;
using AiPlatform.InfraSidecar.Sampling;

namespace AiPlatform.InfraSidecar.Vllm;

/// <summary>Watches one model server.</summary>
sealed class VllmProbe(VllmServer server, PageClient client, TimeProvider time)
{
    readonly VllmWindow _window = new(time);
    string? _version;

    public VllmServer Server => server;

    public async Task<InferenceStatus> SampleAsync(CancellationToken cancellationToken)
    {
        var metrics = client.GetAsync(server.Route("metrics"), cancellationToken);
        var health = client.GetAsync(server.Route("health"), cancellationToken);
        // Asked until known, and again after a failure: a server that comes back may be another version.
        var version = _version is null ? client.GetAsync(server.Route("version"), cancellationToken) : null;
        await Task.WhenAll([metrics, health, .. version is null ? Array.Empty<Task>() : [version]]);

        if (version is not null)
            _version = ReadVersion(await version);
        var (scrape, error) = Read(await metrics);
        if (scrape is null)
            _version = null;
        return Describe(scrape, error, await health);
    }

    (VllmMetrics?, InfraError?) Read(PageAnswer answer) => answer switch
    {
        PageAnswer.Body body when VllmMetrics.Read(body.Text) is { } metrics => (metrics, null),
        PageAnswer.Body => (null, new(
            "not_vllm", $"{server.Route("metrics")} holds no metric of vLLM. Its statistics may be switched off, or another server answers.")),
        PageAnswer.Refused refused => (null, refused.Error),
        PageAnswer.Failed failed => (null, failed.Error),
        _ => throw new UnreachableException(),
    };

    InferenceStatus Describe(VllmMetrics? metrics, InfraError? error, PageAnswer health)
    {
        var sick = Sickness(health, metrics is not null);
        var rates = metrics is null ? null : _window.Add(metrics);
        return new InferenceStatus
        {
            Name = server.Name,
            UrlHost = server.Host,
            Healthy = sick is null,
            Version = _version,
            Models = metrics?.Models ?? [],
            WindowS = rates is null ? null : Math.Round(rates.Seconds, 3),
            Requests = new InferenceRequests
            {
                Running = metrics?.Running,
                Waiting = metrics?.Waiting,
                WaitingCapacity = metrics?.WaitingCapacity,
                WaitingDeferred = metrics?.WaitingDeferred,
                FinishedPerS = rates?.Finished,
            },
            KvCacheUsage = metrics?.KvCacheUsage,
            SleepState = metrics?.SleepState,
            PrefixCacheHitRatio = rates?.PrefixCacheHitRatio,
            PreemptionsPerS = rates?.Preemptions,
            TokensPerS = new InferenceTokenRates { Prompt = rates?.PromptTokens, Generation = rates?.GenerationTokens },
            LatencyS = rates?.Latencies ?? new InferenceLatencies(),
            Totals = metrics?.Totals ?? new InferenceTotals(),
            Error = error ?? sick,
        };
    }

    /// <summary>A proxy that passes on only the metrics answers 404 for the health, which says nothing about the server.</summary>
    static InfraError? Sickness(PageAnswer health, bool hasMetrics) => health switch
    {
        PageAnswer.Body => null,
        PageAnswer.Refused { Status: 404 } when hasMetrics => null,
        PageAnswer.Refused refused => refused.Error,
        PageAnswer.Failed failed => failed.Error,
        _ => throw new UnreachableException(),
    };

    static string? ReadVersion(PageAnswer answer)
    {
        if (answer is not PageAnswer.Body body)
            return null;
        try
        {
            using var json = JsonDocument.Parse(body.Text);
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("version", out var version)
                && version.ValueKind == JsonValueKind.String ? version.GetString() : null;
        }
        catch (JsonException)
        {
            // Another kind of server; what it is shows in its metrics.
            return null;
        }
    }
}
