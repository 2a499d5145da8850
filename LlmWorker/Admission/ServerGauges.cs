using System.Globalization;

namespace AiPlatform.LlmWorker.Admission;

/// <summary>What a vLLM server says of its load.</summary>
/// <param name="Waiting">Requests that it has taken and not begun.</param>
/// <param name="KvUsage">How full its KV cache is, 0 to 1.</param>
readonly record struct ServerGauges(double Waiting, double KvUsage)
{
    /// <summary>Reads the Prometheus text of vLLM's <c>/metrics</c>, of all its engines and models together.</summary>
    /// <returns>Null where it is not vLLM's.</returns>
    public static ServerGauges? Read(string text)
    {
        double? waiting = null;
        var usage = 0.0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            if (Value(line, "vllm:num_requests_waiting") is { } count)
            {
                waiting = (waiting ?? 0) + count;
            }
            // The second name is that of older versions.
            else if ((Value(line, "vllm:kv_cache_usage_perc") ?? Value(line, "vllm:gpu_cache_usage_perc")) is { } part)
            {
                usage = Math.Max(usage, part);
            }
        }
        return waiting is { } all ? new ServerGauges(all, usage) : null;
    }

    // name{labels} value [timestamp]
    static double? Value(ReadOnlySpan<char> line, string name)
    {
        if (!line.StartsWith(name, StringComparison.Ordinal) || line.Length == name.Length || line[name.Length] is not ('{' or ' '))
        {
            return null;
        }
        var rest = line[name.Length] == '{' ? line[(line.LastIndexOf('}') + 1)..] : line[name.Length..];
        rest = rest.Trim();
        var number = rest.IndexOf(' ') is >= 0 and var end ? rest[..end] : rest;
        return double.TryParse(number, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : null;
    }
}
