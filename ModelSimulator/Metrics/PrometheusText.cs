using System.Globalization;
using System.Text;

namespace AiPlatform.ModelSimulator.Metrics;

/// <summary>Builds a page in Prometheus' text format, in the way Python's client writes it (<c>1.0</c>, escaped labels).</summary>
sealed class PrometheusText
{
    readonly StringBuilder page = new();

    public void Family(string name, string type, string help) =>
        page.Append("# HELP ").Append(name).Append(' ').Append(help).Append("\n# TYPE ").Append(name).Append(' ').Append(type).Append('\n');

    public void Sample(string name, string labels, double value) =>
        page.Append(name).Append('{').Append(labels).Append("} ").Append(Number(value)).Append('\n');

    public void Sample(string name, double value) => page.Append(name).Append(' ').Append(Number(value)).Append('\n');

    public void Samples(string name, string labels, Histogram histogram)
    {
        long cumulative = 0;
        for (var index = 0; index < histogram.Counts.Length; index++)
        {
            cumulative += histogram.Counts[index];
            var bound = index < histogram.Bounds.Length ? Number(histogram.Bounds[index]) : "+Inf";
            Sample(name + "_bucket", $"{labels},le=\"{bound}\"", cumulative);
        }

        Sample(name + "_count", labels, cumulative);
        Sample(name + "_sum", labels, histogram.Sum);
    }

    public static string Escape(string label) =>
        label.Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    public override string ToString() => page.ToString();

    static string Number(double value)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        return text.AsSpan().ContainsAny('.', 'E') ? text : text + ".0";
    }
}
