using System.Globalization;
using System.Text;
using OpenTelemetry.Metrics;

namespace AiPlatform.ServiceDefaults.Prometheus;

/// <summary>One scrape's text: Prometheus' own format 0.0.4, or OpenMetrics 1.0.0, which has exemplars.</summary>
sealed class PrometheusPage(bool openMetrics)
{
    /// <summary>What an exemplar's labels may have together (OpenMetrics 1.0.0, "Exemplars").</summary>
    const int MostExemplarLetters = 128;

    readonly StringBuilder _text = new();

    /// <summary>Names that were used already, with their types: a family stands in one place, and a second type under its name would spoil the page.</summary>
    readonly HashSet<string> _families = new(StringComparer.Ordinal);

    /// <summary>Says who is scraped: the resource's attributes, as the labels of one gauge.</summary>
    public void AddTarget(IEnumerable<KeyValuePair<string, object>> resource)
    {
        Head("target", openMetrics ? "info" : "gauge", "What the process says of itself.", "", suffix: "_info");
        _text.Append("target_info").Append(Labels(resource.Select(attribute => KeyValuePair.Create(attribute.Key, (object?)attribute.Value)))).Append(" 1\n");
    }

    /// <summary>Adds a family: instruments that share a name, of one meter or of several.</summary>
    public void AddFamily(string name, IReadOnlyList<Metric> metrics)
    {
        var first = metrics[0];
        if (!_families.Add(name))
            return;
        var isCounter = first.MetricType is MetricType.LongSum or MetricType.DoubleSum;
        var isHistogram = IsHistogram(first.MetricType);
        Head(name, isCounter ? "counter" : isHistogram ? "histogram" : "gauge", first.Description, PrometheusName.OfUnit(first.Unit), isCounter ? "_total" : "");
        foreach (var metric in metrics.Where(metric => metric.MetricType == first.MetricType))
        {
            foreach (ref readonly var point in metric.GetMetricPoints())
            {
                if (isHistogram)
                    AddHistogram(name, metric, point);
                else
                    AddValue(isCounter ? name + "_total" : name, metric, point);
            }
        }
    }

    public string End() => (openMetrics ? _text.Append("# EOF\n") : _text).ToString();

    public static bool IsHistogram(MetricType type) => type is MetricType.Histogram or MetricType.ExponentialHistogram;

    void AddValue(string name, Metric metric, in MetricPoint point)
    {
        _text.Append(name).Append(Labels(point, metric)).Append(' ').Append(metric.MetricType switch
        {
            MetricType.LongSum => Text(point.GetSumLong()),
            MetricType.LongSumNonMonotonic => Text(point.GetSumLong()),
            MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic => Text(point.GetSumDouble()),
            MetricType.LongGauge => Text(point.GetGaugeLastValueLong()),
            _ => Text(point.GetGaugeLastValueDouble()),
        });
        if (name.EndsWith("_total", StringComparison.Ordinal))
            AddExemplar(point, double.NegativeInfinity, double.PositiveInfinity, isLong: metric.MetricType == MetricType.LongSum);
        _text.Append('\n');
    }

    void AddHistogram(string name, Metric metric, in MetricPoint point)
    {
        var labels = Labels(point, metric);
        var open = labels.Length == 0 ? "{" : labels[..^1] + ",";
        var (count, sum) = (point.GetHistogramCount(), point.GetHistogramSum());
        if (metric.MetricType == MetricType.Histogram)
        {
            var (below, floor) = (0L, double.NegativeInfinity);
            foreach (var bucket in point.GetHistogramBuckets())
            {
                below += bucket.BucketCount;
                _text.Append(name).Append("_bucket").Append(open).Append("le=\"").Append(Text(bucket.ExplicitBound)).Append("\"} ").Append(Text(below));
                AddExemplar(point, floor, bucket.ExplicitBound, isLong: false);
                _text.Append('\n');
                floor = bucket.ExplicitBound;
            }
        }
        else
        {
            _text.Append(name).Append("_bucket").Append(open).Append("le=\"+Inf\"} ").Append(Text(count)).Append('\n');
        }
        _text.Append(name).Append("_sum").Append(labels).Append(' ').Append(Text(sum)).Append('\n');
        _text.Append(name).Append("_count").Append(labels).Append(' ').Append(Text(count)).Append('\n');
    }

    /// <summary>The latest exemplar whose value is above one bound and not above the other: OpenMetrics allows one a line.</summary>
    void AddExemplar(in MetricPoint point, double above, double upTo, bool isLong)
    {
        if (!openMetrics || !point.TryGetExemplars(out var exemplars))
            return;
        Exemplar? latest = null;
        foreach (ref readonly var exemplar in exemplars)
        {
            var value = ValueOf(exemplar, isLong);
            if (exemplar.TraceId != default && value > above && value <= upTo && (latest is null || exemplar.Timestamp > latest.Value.Timestamp))
                latest = exemplar;
        }
        if (latest is not { } shown)
            return;
        var labels = $"trace_id=\"{shown.TraceId.ToHexString()}\",span_id=\"{shown.SpanId.ToHexString()}\"";
        if (labels.Length <= MostExemplarLetters)
            _text.Append(" # {").Append(labels).Append("} ").Append(Text(ValueOf(shown, isLong))).Append(' ')
                .Append((shown.Timestamp.ToUnixTimeMilliseconds() / 1000.0).ToString("F3", CultureInfo.InvariantCulture));
    }

    static double ValueOf(in Exemplar exemplar, bool isLong) => isLong ? exemplar.LongValue : exemplar.DoubleValue;

    static string Labels(in MetricPoint point, Metric metric)
    {
        List<KeyValuePair<string, object?>> labels = [new("otel_scope_name", metric.MeterName)];
        foreach (var tag in point.Tags)
            labels.Add(tag);
        return Labels(labels);
    }

    /// <summary>Attributes whose names become the same are one label with all their values.</summary>
    static string Labels(IEnumerable<KeyValuePair<string, object?>> attributes)
    {
        var labels = attributes.GroupBy(attribute => PrometheusName.OfLabel(attribute.Key), attribute => attribute.Value, StringComparer.Ordinal)
            .Select(label => $"{label.Key}=\"{string.Join(';', label.Select(value => Escaped(Word(value))))}\"");
        return $"{{{string.Join(',', labels)}}}";
    }

    void Head(string name, string type, string help, string unit, string suffix)
    {
        // OpenMetrics describes the family, the older format the samples.
        var described = openMetrics ? name : name + suffix;
        _text.Append("# TYPE ").Append(described).Append(' ').Append(type).Append('\n');
        if (openMetrics && unit.Length > 0)
            _text.Append("# UNIT ").Append(described).Append(' ').Append(unit).Append('\n');
        if (help.Length > 0)
            _text.Append("# HELP ").Append(described).Append(' ').Append(openMetrics ? Escaped(help) : EscapedHelp(help)).Append('\n');
    }

    static string Word(object? value) => value switch
    {
        null => "",
        bool truth => truth ? "true" : "false",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        Array many => string.Join(',', many.Cast<object?>().Select(Word)),
        _ => value.ToString() ?? "",
    };

    static string EscapedHelp(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    static string Escaped(string text) => EscapedHelp(text).Replace("\"", "\\\"", StringComparison.Ordinal);

    static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    static string Text(double number) => number switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        double.NaN => "NaN",
        _ => number.ToString("R", CultureInfo.InvariantCulture),
    };
}
