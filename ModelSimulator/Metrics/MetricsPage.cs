using System.Globalization;
using AiPlatform.ModelSimulator.Engine;

namespace AiPlatform.ModelSimulator.Metrics;

/// <summary><c>GET /metrics</c>: one family after the other, each with a sample per model.</summary>
static class MetricsPage
{
    public static string Render(IReadOnlyList<ServedModel> models, DateTimeOffset started)
    {
        var text = new PrometheusText();
        var readings = models
            .Select(model => (Labels: $"engine=\"0\",model_name=\"{PrometheusText.Escape(model.Name)}\"", Reading: model.Engine.Read()))
            .ToArray();

        text.Family("process_start_time_seconds", "gauge", "Start time of the process since unix epoch in seconds.");
        text.Sample("process_start_time_seconds", started.ToUnixTimeMilliseconds() / 1000.0);
        foreach (var (name, help, value) in MetricFamilies.Gauges)
        {
            text.Family(name, "gauge", help);
            foreach (var (labels, reading) in readings)
                text.Sample(name, labels, value(reading));
        }

        WaitingByReason(text, readings);
        CacheConfig(text, readings);
        foreach (var (name, help, value) in MetricFamilies.Counters)
        {
            text.Family(name + "_total", "counter", help);
            foreach (var (labels, reading) in readings)
                text.Sample(name + "_total", labels, value(reading.Metrics));
        }

        Rejections(text, readings);
        Finished(text, readings);
        foreach (var (name, help, value) in MetricFamilies.Histograms)
        {
            text.Family(name, "histogram", help);
            foreach (var (labels, reading) in readings)
                text.Samples(name, labels, value(reading.Metrics));
        }

        return text.ToString();
    }

    static void WaitingByReason(PrometheusText text, (string Labels, EngineReading Reading)[] readings)
    {
        text.Family("vllm:num_requests_waiting_by_reason", "gauge", "Number of requests waiting to be processed, by reason.");
        foreach (var (labels, reading) in readings)
        {
            text.Sample("vllm:num_requests_waiting_by_reason", labels + ",reason=\"capacity\"", reading.Waiting);
            text.Sample("vllm:num_requests_waiting_by_reason", labels + ",reason=\"deferred\"", 0);
        }
    }

    static void CacheConfig(PrometheusText text, (string Labels, EngineReading Reading)[] readings)
    {
        text.Family("vllm:cache_config_info", "gauge", "Information of the LLMEngine CacheConfig");
        foreach (var (labels, reading) in readings)
        {
            var config = string.Create(CultureInfo.InvariantCulture, $",block_size=\"{KvCache.BlockTokens}\",num_gpu_blocks=\"{reading.KvBlocks}\"");
            text.Sample("vllm:cache_config_info", labels + config, 1);
        }
    }

    static void Rejections(PrometheusText text, (string Labels, EngineReading Reading)[] readings)
    {
        text.Family("vllm:admission_rejections_total", "counter", "Number of requests refused because the waiting line was full.");
        foreach (var (labels, reading) in readings)
            text.Sample("vllm:admission_rejections_total", labels + ",reason=\"max_num_queued_reqs\"", reading.Metrics.Rejections);
    }

    static void Finished(PrometheusText text, (string Labels, EngineReading Reading)[] readings)
    {
        text.Family("vllm:request_success_total", "counter", "Count of successfully processed requests.");
        foreach (var (labels, reading) in readings)
        {
            foreach (var reason in Enum.GetValues<FinishReason>())
                text.Sample("vllm:request_success_total", $"{labels},finished_reason=\"{reason.Name()}\"", reading.Metrics.FinishedBy(reason));
            text.Sample("vllm:request_success_total", $"{labels},finished_reason=\"repetition\"", 0);
        }
    }
}
