using System.Globalization;

namespace AiPlatform.InfraSidecar.Vllm;

/// <summary>
/// The lines of one metrics page that the status is made of. Quantities are asked for by every name that vLLM's engine generations gave them,
/// the newest first; a version in between exports both, and the two must not be added.
/// </summary>
sealed class VllmSeries
{
    public const string Awake = "awake";

    const string ProcessStart = "process_start_time_seconds";

    // Exact names, never beginnings: num_requests_waiting_by_reason would otherwise be counted as num_requests_waiting.
    static readonly HashSet<string> Known =
    [
        ProcessStart,
        "num_requests_running", "num_requests_waiting", "num_requests_waiting_by_reason", "kv_cache_usage_perc", "gpu_cache_usage_perc", "engine_sleep_state",
        "prompt_tokens_total", "generation_tokens_total", "request_success_total", "num_preemptions_total",
        "prefix_cache_queries_total", "prefix_cache_hits_total", "gpu_prefix_cache_queries_total", "gpu_prefix_cache_hits_total",
        .. Histogram("time_to_first_token_seconds"), .. Histogram("inter_token_latency_seconds"), .. Histogram("time_per_output_token_seconds"),
        .. Histogram("e2e_request_latency_seconds"), .. Histogram("request_queue_time_seconds"),
    ];

    // The deepest first.
    static readonly string[] SleepStates = ["discard_all", "weights_offloaded", Awake];

    // Everything that only grows, but the buckets, which grow with their count.
    static readonly string[] Growing = [.. Known.Where(name => name.EndsWith("_total", StringComparison.Ordinal) || name.EndsWith("_count", StringComparison.Ordinal))];

    // A server behind Ray exports the same names under Ray's prefix, with a colon or, in newer ones, without.
    static readonly string[] Prefixes = ["vllm:", "ray_vllm:", "ray_vllm_"];

    static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> KnownNames = Known.GetAlternateLookup<ReadOnlySpan<char>>();

    readonly Dictionary<string, List<PrometheusSample>> _series;

    VllmSeries(Dictionary<string, List<PrometheusSample>> series) => _series = series;

    /// <summary>Null when the page holds no metric of vLLM.</summary>
    public static VllmSeries? Read(string text)
    {
        var series = PrometheusText.Parse(text, Rename);
        return series.Keys.Any(name => name != ProcessStart) ? new VllmSeries(series) : null;
    }

    /// <summary>Null where the server does not say, as behind several API processes.</summary>
    public double? StartTime => Sum(ProcessStart);

    public IReadOnlyList<string> Models =>
        [.. Samples("num_requests_running", "num_requests_waiting", "generation_tokens_total").Select(sample => sample.Label("model_name"))
            .Where(name => name.Length > 0).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>Models and engines as one word: another one means other series, whose counters do not continue these.</summary>
    public string Engines => string.Join('\n',
        Samples("num_requests_running", "generation_tokens_total").Select(sample => sample.Label("model_name") + "\t" + sample.Label("engine"))
            .Distinct().Order(StringComparer.Ordinal));

    /// <summary>Each line of a counter by its name and labels: one engine that begins anew does not show in a sum that the others raise.</summary>
    public IReadOnlyDictionary<string, double> Counters => (
        from name in Growing
        from sample in Samples(name)
        where double.IsFinite(sample.Value)
        let labels = string.Join(',', sample.Labels.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={label.Value}"))
        select (Series: $"{name}{{{labels}}}", sample.Value)).DistinctBy(line => line.Series).ToDictionary(line => line.Series, line => line.Value);

    /// <summary>Of the engine that sleeps deepest: each has a line for each state, with a 1 in the one it is in.</summary>
    public string? SleepState => SleepStates.FirstOrDefault(state => SumWhere("engine_sleep_state", "sleep_state", state) > 0);

    public double? Sum(params ReadOnlySpan<string> names) => Added(Finite(Samples(names)));

    public double? Max(params ReadOnlySpan<string> names) => Finite(Samples(names)) is { Length: > 0 } values ? values.Max() : null;

    public double? SumWhere(string name, string label, string value) =>
        Added(Finite(Samples(name).Where(sample => sample.Label(label) == value)));

    public IReadOnlyDictionary<string, double>? SumBy(string name, string label) =>
        Samples(name).Where(sample => double.IsFinite(sample.Value)).GroupBy(sample => sample.Label(label))
            .Select(group => (group.Key, Sum: group.Sum(sample => sample.Value))).Where(group => double.IsFinite(group.Sum))
            .ToDictionary(group => group.Key, group => group.Sum) is { Count: > 0 } sums ? sums : null;

    /// <summary>All engines' observations together.</summary>
    public LatencyHistogram? Latency(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (Sum(name + "_count") is not { } count || Sum(name + "_sum") is not { } sum)
                continue;
            SortedDictionary<double, double> buckets = [];
            foreach (var sample in Samples(name + "_bucket"))
            {
                if (Bound(sample.Label("le")) is { } bound && double.IsFinite(sample.Value))
                    buckets[bound] = buckets.GetValueOrDefault(bound) + sample.Value;
            }
            return new LatencyHistogram([.. buckets], sum, count);
        }
        return null;
    }

    static double? Bound(string le) => le is "+Inf" or "Inf" ? double.PositiveInfinity
        : double.TryParse(le, NumberStyles.Float, CultureInfo.InvariantCulture, out var bound) && double.IsFinite(bound) ? bound : null;

    static double? Added(double[] values) => values.Length > 0 ? Figure.Finite(values.Sum()) : null;

    static double[] Finite(IEnumerable<PrometheusSample> samples) => [.. samples.Select(sample => sample.Value).Where(double.IsFinite)];

    List<PrometheusSample> Samples(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (_series.TryGetValue(name, out var samples))
                return samples;
        }
        return [];
    }

    static string? Rename(ReadOnlySpan<char> name)
    {
        foreach (var prefix in Prefixes)
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal))
                return KnownNames.TryGetValue(name[prefix.Length..], out var known) ? known : null;
        }
        return name.SequenceEqual(ProcessStart) ? ProcessStart : null;
    }

    static string[] Histogram(string name) => [name + "_bucket", name + "_sum", name + "_count"];
}
