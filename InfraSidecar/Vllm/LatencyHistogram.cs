using AiPlatform.Contracts.Infra;

namespace AiPlatform.InfraSidecar.Vllm;

/// <summary>A histogram as exported: cumulative counts by upper bound, in seconds, sorted.</summary>
sealed record LatencyHistogram(IReadOnlyList<KeyValuePair<double, double>> Buckets, double Sum, double Count)
{
    IEnumerable<double> Bounds => Buckets.Select(bucket => bucket.Key);

    /// <summary>What was observed between two scrapes; null when nothing was, or when the two do not belong together.</summary>
    public static LatencyStats? Between(LatencyHistogram? from, LatencyHistogram? to)
    {
        if (from is null || to is null || to.Buckets.Count == 0 || !from.Bounds.SequenceEqual(to.Bounds))
            return null;

        List<(double Bound, double Count)> seen = [.. from.Buckets.Zip(to.Buckets, (old, now) => (now.Key, now.Value - old.Value))];
        var count = to.Count - from.Count;
        if (count <= 0 || seen.Any(bucket => bucket.Count < 0))
            return null;
        if (!double.IsPositiveInfinity(seen[^1].Bound))
            seen.Add((double.PositiveInfinity, count));

        // The count may rise before the buckets do, or be a number of its own: what no bucket holds has no percentile.
        if (seen[^1].Count <= 0)
            return null;

        var clamped = false;
        var stats = new LatencyStats
        {
            P50 = Percentile(seen, 0.50, ref clamped),
            P95 = Percentile(seen, 0.95, ref clamped),
            P99 = Percentile(seen, 0.99, ref clamped),
            Mean = (to.Sum - from.Sum) / count,
            Count = (long)count,
            Clamped = clamped,
        };
        return new[] { stats.P50, stats.P95, stats.P99, stats.Mean }.All(double.IsFinite) ? stats : null;
    }

    /// <summary>Linear within the bucket, as Prometheus' histogram_quantile has it.</summary>
    static double Percentile(List<(double Bound, double Count)> buckets, double quantile, ref bool clamped)
    {
        var rank = quantile * buckets[^1].Count;
        var (lower, below) = (0d, 0d);
        foreach (var (bound, count) in buckets)
        {
            if (count >= rank && count > below)
            {
                if (!double.IsPositiveInfinity(bound))
                    return lower + ((bound - lower) * (rank - below) / (count - below));
                break;
            }
            (lower, below) = (bound, count);
        }
        clamped = true;
        return lower;
    }
}
