using AiPlatform.ModelSimulator.Engine;

namespace AiPlatform.ModelSimulator.Metrics;

/// <summary>The names under which vLLM publishes what an engine does, and where each value comes from.</summary>
static class MetricFamilies
{
    public static readonly (string Name, string Help, Func<EngineReading, double> Value)[] Gauges =
    [
        ("vllm:num_requests_running", "Number of requests in model execution batches.", reading => reading.Running),
        ("vllm:num_requests_waiting", "Number of requests waiting to be processed.", reading => reading.Waiting),
        ("vllm:kv_cache_usage_perc", "KV-cache usage. 1 means 100 percent usage.", reading => reading.KvUsage)
    ];

    public static readonly (string Name, string Help, Func<EngineMetrics, double> Value)[] Counters =
    [
        ("vllm:prompt_tokens", "Number of prefill tokens processed.", metrics => metrics.PromptTokens),
        ("vllm:generation_tokens", "Number of generation tokens processed.", metrics => metrics.GenerationTokens),
        ("vllm:num_preemptions", "Cumulative number of preemption from the engine.", metrics => metrics.Preemptions),
        ("vllm:prefix_cache_queries", "Prefix cache queries, in terms of number of queried tokens.", metrics => metrics.PromptTokens),
        ("vllm:prefix_cache_hits", "Prefix cache hits, in terms of number of cached tokens.", metrics => metrics.CachedTokens),
        ("vllm:http_requests_client_disconnected", "Number of requests whose client left before the end.", metrics => metrics.ClientsLeft)
    ];

    public static readonly (string Name, string Help, Func<EngineMetrics, Histogram> Value)[] Histograms =
    [
        ("vllm:time_to_first_token_seconds", "Histogram of time to first token in seconds.", metrics => metrics.TimeToFirstToken),
        ("vllm:inter_token_latency_seconds", "Histogram of inter-token latency in seconds.", metrics => metrics.InterTokenLatency),
        ("vllm:request_time_per_output_token_seconds", "Histogram of time per output token in seconds per request.", metrics => metrics.TimePerOutputToken),
        ("vllm:e2e_request_latency_seconds", "Histogram of e2e request latency in seconds.", metrics => metrics.EndToEnd),
        ("vllm:request_queue_time_seconds", "Histogram of time spent in WAITING phase for request.", metrics => metrics.Queue),
        ("vllm:request_inference_time_seconds", "Histogram of time spent in RUNNING phase for request.", metrics => metrics.Inference),
        ("vllm:request_prefill_time_seconds", "Histogram of time spent in PREFILL phase for request.", metrics => metrics.Prefill),
        ("vllm:request_decode_time_seconds", "Histogram of time spent in DECODE phase for request.", metrics => metrics.Decode),
        ("vllm:request_prompt_tokens", "Number of prefill tokens processed.", metrics => metrics.RequestPromptTokens),
        ("vllm:request_generation_tokens", "Number of generation tokens processed.", metrics => metrics.RequestGenerationTokens),
        ("vllm:request_max_num_generation_tokens", "Histogram of maximum number of requested generation tokens.", metrics => metrics.RequestMaxGenerationTokens),
        ("vllm:request_params_max_tokens", "Histogram of the max_tokens request parameter.", metrics => metrics.ParamsMaxTokens),
        ("vllm:request_params_n", "Histogram of the n request parameter.", metrics => metrics.ParamsN),
        ("vllm:request_prefill_kv_computed_tokens", "Histogram of new KV tokens computed during prefill.", metrics => metrics.PrefillComputedTokens),
        ("vllm:iteration_tokens_total", "Histogram of number of tokens per engine step.", metrics => metrics.IterationTokens)
    ];
}
