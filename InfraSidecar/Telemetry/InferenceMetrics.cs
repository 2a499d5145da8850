using System.Diagnostics.Metrics;
using AiPlatform.Contracts.Infra;
using AiPlatform.InfraSidecar.Vllm;
using static AiPlatform.InfraSidecar.Telemetry.Measured;

namespace AiPlatform.InfraSidecar.Telemetry;

/// <summary>Model servers, by the name the settings give them.</summary>
static class InferenceMetrics
{
    static readonly string[] Reasons = ["stop", "length", "abort", "error", "repetition"];

    public static void Add(Meter meter, Func<IReadOnlyList<InferenceStatus>> servers)
    {
        IEnumerable<Measurement<double>> Each(Func<InferenceStatus, double?> value) => servers().SelectMany(server => Of(value(server), Server(server)));

        meter.CreateObservableGauge("infra.inference.healthy",
            () => servers().Select(server => new Measurement<int>(server.Healthy ? 1 : 0, Server(server))), "1", "1 while the server says that it is well.");
        meter.CreateObservableGauge("infra.inference.asleep", () => Each(server => server.SleepState is { } state ? state == VllmSeries.Awake ? 0 : 1 : null), "1",
            "1 while an engine sleeps and answers nothing, 0 while all are awake; none where the server has no sleep mode.");
        meter.CreateObservableUpDownCounter("infra.inference.requests.running", () => Each(server => server.Requests.Running), "{request}",
            "Requests the server works on.");
        meter.CreateObservableUpDownCounter("infra.inference.requests.waiting", () => Each(server => server.Requests.Waiting), "{request}",
            "Requests in the server's own line, which should stay near 0.");
        meter.CreateObservableCounter("infra.inference.requests.finished", () => servers().SelectMany(Finished), "{request}",
            "Finished requests since the server started.");
        meter.CreateObservableGauge("infra.inference.kv_cache.utilization", () => Each(server => server.KvCacheUsage), "1",
            "Share of key-value cache blocks in use in the fullest engine. Close to 1 the server preempts.");
        meter.CreateObservableCounter("infra.inference.prefix_cache.queries", () => Each(server => server.Totals.PrefixCacheQueries), "{token}",
            "Prompt tokens looked up in the cache since the server started.");
        meter.CreateObservableCounter("infra.inference.prefix_cache.hits", () => Each(server => server.Totals.PrefixCacheHits), "{token}",
            "Prompt tokens found in the cache since the server started.");
        meter.CreateObservableCounter("infra.inference.preemptions", () => Each(server => server.Totals.Preemptions), "{preemption}",
            "Requests that lost their cache blocks to others since the server started.");
        meter.CreateObservableCounter("infra.inference.tokens", () => servers().SelectMany(Tokens), "{token}", "Tokens since the server started.");
        AddLatency(meter, servers, "time_to_first_token", latency => latency.Ttft, "From arrival to the first token, within the last minute.");
        AddLatency(meter, servers, "inter_token_latency", latency => latency.InterToken, "Between two tokens, within the last minute.");
        AddLatency(meter, servers, "request.duration", latency => latency.E2e, "From arrival to the last token, within the last minute.");
        AddLatency(meter, servers, "queue.duration", latency => latency.Queue, "In the server's own line, within the last minute.");
    }

    static void AddLatency(
        Meter meter, Func<IReadOnlyList<InferenceStatus>> servers, string name, Func<InferenceLatencies, LatencyStats?> of, string description) =>
        meter.CreateObservableGauge(
            "infra.inference." + name,
            () => servers().SelectMany(server => of(server.LatencyS) is { } stats ? Quantiles(server, stats) : []),
            "s",
            description);

    static IEnumerable<Measurement<double>> Quantiles(InferenceStatus server, LatencyStats stats) =>
    [
        .. Of<double>(stats.P50, Server(server), Tag("infra.quantile", "0.5")),
        .. Of<double>(stats.P95, Server(server), Tag("infra.quantile", "0.95")),
        .. Of<double>(stats.P99, Server(server), Tag("infra.quantile", "0.99")),
    ];

    // Reasons that are not known are counted together, so that no server can make series without end.
    static IEnumerable<Measurement<double>> Finished(InferenceStatus server) => (server.Totals.Finished ?? new Dictionary<string, double>())
        .GroupBy(reason => Reasons.Contains(reason.Key) ? reason.Key : "other")
        .SelectMany(reason => Of<double>(reason.Sum(count => count.Value), Server(server), Tag("infra.inference.finish_reason", reason.Key)));

    static IEnumerable<Measurement<double>> Tokens(InferenceStatus server) =>
    [
        .. Of(server.Totals.PromptTokens, Server(server), Tag("gen_ai.token.type", "input")),
        .. Of(server.Totals.GenerationTokens, Server(server), Tag("gen_ai.token.type", "output")),
    ];

    static KeyValuePair<string, object?>[] Server(InferenceStatus server) => [Tag("infra.inference.server", server.Name)];
}
