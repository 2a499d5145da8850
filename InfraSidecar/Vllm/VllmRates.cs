using AiPlatform.Contracts.Infra;

namespace AiPlatform.InfraSidecar.Vllm;

/// <summary>What happened between two scrapes of the same server.</summary>
sealed record VllmRates(VllmMetrics From, VllmMetrics To, double Seconds)
{
    public double? PromptTokens => PerSecond(From.Totals.PromptTokens, To.Totals.PromptTokens);

    public double? GenerationTokens => PerSecond(From.Totals.GenerationTokens, To.Totals.GenerationTokens);

    public double? Preemptions => PerSecond(From.Totals.Preemptions, To.Totals.Preemptions);

    public double? PrefixCacheHitRatio =>
        To.Totals.PrefixCacheQueries - From.Totals.PrefixCacheQueries is > 0 and var queries
            ? Figure.Finite((To.Totals.PrefixCacheHits - From.Totals.PrefixCacheHits) / queries)
            : null;

    // A reason seen for the first time began at 0.
    public IReadOnlyDictionary<string, double>? Finished => To.Totals.Finished?
        .Select(reason => (reason.Key, Rate: PerSecond(From.Totals.Finished?.GetValueOrDefault(reason.Key) ?? 0, reason.Value)))
        .Where(reason => reason.Rate is not null)
        .ToDictionary(reason => reason.Key, reason => reason.Rate!.Value);

    public InferenceLatencies Latencies => new()
    {
        Ttft = LatencyHistogram.Between(From.Ttft, To.Ttft),
        InterToken = LatencyHistogram.Between(From.InterToken, To.InterToken),
        E2e = LatencyHistogram.Between(From.E2e, To.E2e),
        Queue = LatencyHistogram.Between(From.Queue, To.Queue),
    };

    double? PerSecond(double? before, double? now) => Figure.Finite((now - before) / Seconds);
}
