using AiPlatform.Contracts.Infra;

namespace AiPlatform.InfraSidecar.Vllm;

/// <summary>One scrape of a vLLM server, whatever its version calls things.</summary>
sealed record VllmMetrics
{
    public required IReadOnlyList<string> Models { get; init; }
    public required string Engines { get; init; }
    public required double? StartTime { get; init; }
    public required IReadOnlyDictionary<string, double> Counters { get; init; }
    public required double? Running { get; init; }
    public required double? Waiting { get; init; }
    public required double? WaitingCapacity { get; init; }
    public required double? WaitingDeferred { get; init; }
    public required double? KvCacheUsage { get; init; }
    public required string? SleepState { get; init; }
    public required InferenceTotals Totals { get; init; }
    public required LatencyHistogram? Ttft { get; init; }
    public required LatencyHistogram? InterToken { get; init; }
    public required LatencyHistogram? E2e { get; init; }
    public required LatencyHistogram? Queue { get; init; }

    /// <summary>Null when the page holds no metric of vLLM.</summary>
    public static VllmMetrics? Read(string text) => VllmSeries.Read(text) is not { } series ? null : new VllmMetrics
    {
        Models = series.Models,
        Engines = series.Engines,
        StartTime = series.StartTime,
        Counters = series.Counters,
        Running = series.Sum("num_requests_running"),
        Waiting = series.Sum("num_requests_waiting"),
        WaitingCapacity = series.SumWhere("num_requests_waiting_by_reason", "reason", "capacity"),
        WaitingDeferred = series.SumWhere("num_requests_waiting_by_reason", "reason", "deferred"),
        KvCacheUsage = series.Max("kv_cache_usage_perc", "gpu_cache_usage_perc"),
        SleepState = series.SleepState,
        Totals = new InferenceTotals
        {
            PromptTokens = series.Sum("prompt_tokens_total"),
            GenerationTokens = series.Sum("generation_tokens_total"),
            Preemptions = series.Sum("num_preemptions_total"),
            PrefixCacheQueries = series.Sum("prefix_cache_queries_total", "gpu_prefix_cache_queries_total"),
            PrefixCacheHits = series.Sum("prefix_cache_hits_total", "gpu_prefix_cache_hits_total"),
            Finished = series.SumBy("request_success_total", "finished_reason"),
        },
        Ttft = series.Latency("time_to_first_token_seconds"),
        InterToken = series.Latency("inter_token_latency_seconds", "time_per_output_token_seconds"),
        E2e = series.Latency("e2e_request_latency_seconds"),
        Queue = series.Latency("request_queue_time_seconds"),
    };

    /// <summary>False when the server or one of its engines restarted, or other engines answer: its counters then begin anew.</summary>
    public bool Continues(VllmMetrics earlier) =>
        StartTime == earlier.StartTime
        && Engines == earlier.Engines
        && earlier.Counters.All(counter => Counters.TryGetValue(counter.Key, out var now) && now >= counter.Value);
}
