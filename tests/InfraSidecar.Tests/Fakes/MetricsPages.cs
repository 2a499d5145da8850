namespace AiPlatform.InfraSidecar.Tests.Fakes;

/// <summary>Metrics pages in the form of vLLM's engine generations.</summary>
static class MetricsPages
{
    /// <summary>The present engine, two data-parallel ranks, with the old name of the cache gauge still beside the new one.</summary>
    public const string V1 =
        """
        # HELP python_info Python platform information
        # TYPE python_info gauge
        python_info{implementation="CPython",major="3",minor="12",patchlevel="11",version="3.12.11"} 1.0
        # HELP process_start_time_seconds Start time of the process since unix epoch in seconds.
        # TYPE process_start_time_seconds gauge
        process_start_time_seconds 1.76371412333e+09
        # HELP vllm:num_requests_running Number of requests in model execution batches.
        # TYPE vllm:num_requests_running gauge
        vllm:num_requests_running{engine="0",model_name="mistralai/Voxtral-Small-24B-2507"} 3.0
        vllm:num_requests_running{engine="1",model_name="mistralai/Voxtral-Small-24B-2507"} 2.0
        # TYPE vllm:num_requests_waiting gauge
        vllm:num_requests_waiting{engine="0",model_name="mistralai/Voxtral-Small-24B-2507"} 1.0
        vllm:num_requests_waiting{engine="1",model_name="mistralai/Voxtral-Small-24B-2507"} 4.0
        # TYPE vllm:num_requests_waiting_by_reason gauge
        vllm:num_requests_waiting_by_reason{engine="0",model_name="mistralai/Voxtral-Small-24B-2507",reason="capacity"} 1.0
        vllm:num_requests_waiting_by_reason{engine="0",model_name="mistralai/Voxtral-Small-24B-2507",reason="deferred"} 0.0
        vllm:num_requests_waiting_by_reason{engine="1",model_name="mistralai/Voxtral-Small-24B-2507",reason="capacity"} 3.0
        vllm:num_requests_waiting_by_reason{engine="1",model_name="mistralai/Voxtral-Small-24B-2507",reason="deferred"} 1.0
        # TYPE vllm:engine_sleep_state gauge
        vllm:engine_sleep_state{engine="0",model_name="mistralai/Voxtral-Small-24B-2507",sleep_state="awake"} 1.0
        # TYPE vllm:kv_cache_usage_perc gauge
        vllm:kv_cache_usage_perc{engine="0",model_name="mistralai/Voxtral-Small-24B-2507"} 0.22
        vllm:kv_cache_usage_perc{engine="1",model_name="mistralai/Voxtral-Small-24B-2507"} 0.61
        vllm:gpu_cache_usage_perc{engine="0",model_name="mistralai/Voxtral-Small-24B-2507"} 0.99
        # TYPE vllm:prefix_cache_queries_total counter
        vllm:prefix_cache_queries_total{engine="0",model_name="mistralai/Voxtral-Small-24B-2507"} 1.0e+06
        vllm:prefix_cache_queries_created{engine="0",model_name="mistralai/Voxtral-Small-24B-2507"} 1.763714200e+09
        vllm:prefix_cache_hits_total{engine="0",model_name="mistralai/Voxtral-Small-24B-2507"} 250000.0
        vllm:num_preemptions_total{engine="0",model_name="mistralai/Voxtral-Small-24B-2507"} 7.0
        vllm:prompt_tokens_total{engine="0",model_name="mistralai/Voxtral-Small-24B-2507"} 1.0777853952e+010
        vllm:prompt_tokens_created{engine="0",model_name="mistralai/Voxtral-Small-24B-2507"} 1.763714200e+09
        vllm:generation_tokens_total{engine="0",model_name="mistralai/Voxtral-Small-24B-2507"} 12345.0
        vllm:generation_tokens_total{engine="1",model_name="mistralai/Voxtral-Small-24B-2507"} 55.0
        vllm:request_success_total{engine="0",finished_reason="stop",model_name="mistralai/Voxtral-Small-24B-2507"} 100.0
        vllm:request_success_total{engine="1",finished_reason="stop",model_name="mistralai/Voxtral-Small-24B-2507"} 20.0
        vllm:request_success_total{engine="0",finished_reason="length",model_name="mistralai/Voxtral-Small-24B-2507"} 3.0
        vllm:request_success_total{engine="0",finished_reason="abort",model_name="mistralai/Voxtral-Small-24B-2507"} 1.0
        # TYPE vllm:time_to_first_token_seconds histogram
        vllm:time_to_first_token_seconds_bucket{engine="0",le="0.1",model_name="mistralai/Voxtral-Small-24B-2507"} 60.0
        vllm:time_to_first_token_seconds_bucket{engine="0",le="0.5",model_name="mistralai/Voxtral-Small-24B-2507"} 100.0
        vllm:time_to_first_token_seconds_bucket{engine="0",le="+Inf",model_name="mistralai/Voxtral-Small-24B-2507"} 104.0
        vllm:time_to_first_token_seconds_count{engine="0",model_name="mistralai/Voxtral-Small-24B-2507"} 104.0
        vllm:time_to_first_token_seconds_sum{engine="0",model_name="mistralai/Voxtral-Small-24B-2507"} 15.6
        """;

    /// <summary>The engine before it: no engine label, other names, and gauges that went away since.</summary>
    public const string V0 =
        """
        # HELP vllm:num_requests_running Number of requests currently running on GPU.
        # TYPE vllm:num_requests_running gauge
        vllm:num_requests_running{model_name="/models/qwen2.5-14b"} 8.0
        # TYPE vllm:num_requests_swapped gauge
        vllm:num_requests_swapped{model_name="/models/qwen2.5-14b"} 2.0
        # TYPE vllm:num_requests_waiting gauge
        vllm:num_requests_waiting{model_name="/models/qwen2.5-14b"} 0.0
        # TYPE vllm:gpu_cache_usage_perc gauge
        vllm:gpu_cache_usage_perc{model_name="/models/qwen2.5-14b"} 0.4375
        vllm:cpu_cache_usage_perc{model_name="/models/qwen2.5-14b"} 0.5
        vllm:gpu_prefix_cache_hit_rate{model_name="/models/qwen2.5-14b"} -1.0
        vllm:num_preemptions_total{model_name="/models/qwen2.5-14b"} 0.0
        vllm:prompt_tokens_total{model_name="/models/qwen2.5-14b"} 2048.0
        vllm:generation_tokens_total{model_name="/models/qwen2.5-14b"} 512.0
        vllm:request_success_total{finished_reason="stop",model_name="/models/qwen2.5-14b"} 4.0
        vllm:time_per_output_token_seconds_bucket{le="0.01",model_name="/models/qwen2.5-14b"} 0.0
        vllm:time_per_output_token_seconds_bucket{le="0.025",model_name="/models/qwen2.5-14b"} 508.0
        vllm:time_per_output_token_seconds_bucket{le="+Inf",model_name="/models/qwen2.5-14b"} 508.0
        vllm:time_per_output_token_seconds_count{model_name="/models/qwen2.5-14b"} 508.0
        vllm:time_per_output_token_seconds_sum{model_name="/models/qwen2.5-14b"} 9.1
        """;

    public const string NotFound = "<html><body><h1>Welcome to nginx!</h1></body></html>";
}
