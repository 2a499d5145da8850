namespace AiPlatform.Contracts.Infra;

/// <summary>One vLLM server: all its engines and models together.</summary>
public sealed record InferenceStatus
{
    /// <summary>The configured name; host and port where none was given.</summary>
    public required string Name { get; init; }

    /// <summary>Host and port; never the user info or query of the address.</summary>
    public required string UrlHost { get; init; }

    /// <summary>Its <c>/health</c> answers 200, or is not offered while its metrics are.</summary>
    public required bool Healthy { get; init; }

    public string? Version { get; init; }

    /// <summary>The model names its metrics carry.</summary>
    public required IReadOnlyList<string> Models { get; init; }

    /// <summary>Seconds that the rates and latencies cover, up to 60; null until there are two samples since the server started.</summary>
    public double? WindowS { get; init; }

    /// <summary><c>awake</c>, <c>weights_offloaded</c> or <c>discard_all</c>, as vLLM calls it, of the engine that sleeps deepest; null where the server has no
    /// sleep mode.</summary>
    public string? SleepState { get; init; }

    public required InferenceRequests Requests { get; init; }

    /// <summary>The fullest engine's share of key-value cache blocks in use, from 0 to 1. Close to 1 the server preempts.</summary>
    public double? KvCacheUsage { get; init; }

    /// <summary>Share of looked-up prompt tokens found in the cache within the window, from 0 to 1; null when none was looked up.</summary>
    public double? PrefixCacheHitRatio { get; init; }

    /// <summary>Requests per second that lost their cache blocks to others.</summary>
    public double? PreemptionsPerS { get; init; }

    public required InferenceTokenRates TokensPerS { get; init; }
    public required InferenceLatencies LatencyS { get; init; }
    public required InferenceTotals Totals { get; init; }

    /// <summary>What is wrong with the server; where its metrics could not be read, every value is null.</summary>
    public InfraError? Error { get; init; }
}

/// <summary>Requests in a model server.</summary>
public sealed record InferenceRequests
{
    public double? Running { get; init; }

    /// <summary>In the server's own first-in-first-out line. It should stay near 0: the platform's queue is the one with priorities.</summary>
    public double? Waiting { get; init; }

    /// <summary>The part of <see cref="Waiting"/> for which there is no room.</summary>
    public double? WaitingCapacity { get; init; }

    /// <summary>The part of <see cref="Waiting"/> held back for another reason, such as a transfer under way.</summary>
    public double? WaitingDeferred { get; init; }

    /// <summary>Finished requests per second by the server's finish reason; null until there is a window.</summary>
    public IReadOnlyDictionary<string, double>? FinishedPerS { get; init; }
}

/// <summary>Tokens per second.</summary>
public sealed record InferenceTokenRates
{
    public double? Prompt { get; init; }
    public double? Generation { get; init; }
}

/// <summary>Latencies of the window, in seconds, as the server measures them.</summary>
public sealed record InferenceLatencies
{
    /// <summary>From arrival to the first token.</summary>
    public LatencyStats? Ttft { get; init; }

    /// <summary>Between two tokens.</summary>
    public LatencyStats? InterToken { get; init; }

    /// <summary>From arrival to the last token.</summary>
    public LatencyStats? E2e { get; init; }

    /// <summary>In the server's own waiting line.</summary>
    public LatencyStats? Queue { get; init; }
}

/// <summary>Percentiles read from a histogram: exact to the width of the bucket they fall in.</summary>
public sealed record LatencyStats
{
    public required double P50 { get; init; }
    public required double P95 { get; init; }
    public required double P99 { get; init; }
    public required double Mean { get; init; }

    /// <summary>Observations in the window.</summary>
    public required long Count { get; init; }

    /// <summary>A percentile lies above the highest bucket and is shown as that bucket's bound.</summary>
    public required bool Clamped { get; init; }
}

/// <summary>Counters since the server started.</summary>
public sealed record InferenceTotals
{
    public double? PromptTokens { get; init; }
    public double? GenerationTokens { get; init; }
    public double? Preemptions { get; init; }
    public double? PrefixCacheQueries { get; init; }
    public double? PrefixCacheHits { get; init; }

    /// <summary>Finished requests by the server's finish reason.</summary>
    public IReadOnlyDictionary<string, double>? Finished { get; init; }
}
