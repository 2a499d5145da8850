using System.Globalization;
using AiPlatform.ModelSimulator.Engine;

namespace AiPlatform.ModelSimulator.Metrics;

/// <summary><c>GET /metrics</c>: one family after the other, each with a sample per model.</summary>
static class MetricsPage
{
    public static string Render(ServedModels models, SimulatorOptions options, int sleepLevel, DateTimeOffset started, DateTimeOffset now)
    {
        var text = new PrometheusText();
        var readings = models.All
            .Select(model => (Labels: $"engine=\"0\",model_name=\"{PrometheusText.Escape(model.Name)}\"", Reading: Told(model.Engine.Read(), options)))
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
        SleepState(text, readings, sleepLevel);
        if (models.Adapters.Any())
            Adapters(text, readings, options.MaxRunning, now);
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

    /// <summary>The truth, unless the settings say something else.</summary>
    static EngineReading Told(EngineReading reading, SimulatorOptions options) => reading with
    {
        Running = options.FakeRunning ?? reading.Running,
        Waiting = options.FakeWaiting ?? reading.Waiting,
        KvUsage = options.FakeKvUsage ?? reading.KvUsage
    };

    static void WaitingByReason(PrometheusText text, (string Labels, EngineReading Reading)[] readings)
    {
        text.Family("vllm:num_requests_waiting_by_reason", "gauge", "Number of requests waiting to be processed, by reason.");
        foreach (var (labels, reading) in readings)
        {
            text.Sample("vllm:num_requests_waiting_by_reason", labels + ",reason=\"capacity\"", reading.Waiting);
            text.Sample("vllm:num_requests_waiting_by_reason", labels + ",reason=\"deferred\"", 0);
        }
    }

    static void SleepState(PrometheusText text, (string Labels, EngineReading Reading)[] readings, int level)
    {
        string[] states = ["awake", "weights_offloaded", "discard_all"];
        text.Family("vllm:engine_sleep_state", "gauge", "Engine sleep state: awake, weights_offloaded at level 1, discard_all at level 2.");
        foreach (var (labels, _) in readings)
        {
            for (var state = 0; state < states.Length; state++)
                text.Sample("vllm:engine_sleep_state", $"{labels},sleep_state=\"{states[state]}\"", state == level ? 1 : 0);
        }
    }

    /// <summary>One sample of the whole server, whose value is the time. Each running request may have an adapter of its own.</summary>
    static void Adapters(PrometheusText text, (string Labels, EngineReading Reading)[] readings, int maxRunning, DateTimeOffset now)
    {
        text.Family("vllm:lora_requests_info", "gauge", "Running stats on lora requests.");
        text.Sample(
            "vllm:lora_requests_info",
            string.Create(
                CultureInfo.InvariantCulture,
                $"max_lora=\"{maxRunning}\",running_lora_adapters=\"{Names(reading => reading.RunningAdapters)}\",waiting_lora_adapters=\"{Names(reading => reading.WaitingAdapters)}\""),
            now.ToUnixTimeMilliseconds() / 1000.0);

        string Names(Func<EngineReading, IReadOnlyList<string>> adapters) =>
            string.Join(',', readings.SelectMany(entry => adapters(entry.Reading)).Select(PrometheusText.Escape));
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
