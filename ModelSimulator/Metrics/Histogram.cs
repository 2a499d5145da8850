namespace AiPlatform.ModelSimulator.Metrics;

/// <summary>A Prometheus histogram. Not synchronised: the engine's lock guards it.</summary>
sealed class Histogram
{
    readonly double[] bounds;
    readonly long[] counts;

    public Histogram(double[] bounds)
        : this(bounds, new long[bounds.Length + 1])
    {
    }

    Histogram(double[] bounds, long[] counts)
    {
        this.bounds = bounds;
        this.counts = counts;
    }

    public ReadOnlySpan<double> Bounds => bounds;

    /// <summary>Observations per bucket, not cumulative; the last is beyond the highest bound.</summary>
    public ReadOnlySpan<long> Counts => counts;

    public double Sum { get; private set; }

    public void Observe(double value, long times = 1)
    {
        var index = Array.BinarySearch(bounds, value);
        counts[index < 0 ? ~index : index] += times;
        Sum += value * times;
    }

    public Histogram Copy() => new(bounds, [.. counts]) { Sum = Sum };
}
