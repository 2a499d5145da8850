using System.Text;

namespace AiPlatform.ServiceDefaults.Prometheus;

/// <summary>Names as OpenTelemetry's specification translates them for Prometheus
/// (https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/): <c>aiplatform.queue.oldest.age</c> in s becomes
/// <c>aiplatform_queue_oldest_age_seconds</c>.</summary>
static class PrometheusName
{
    static readonly Dictionary<string, string> Units = new(StringComparer.Ordinal)
    {
        ["s"] = "seconds",
        ["ms"] = "milliseconds",
        ["us"] = "microseconds",
        ["ns"] = "nanoseconds",
        ["min"] = "minutes",
        ["h"] = "hours",
        ["d"] = "days",
        ["By"] = "bytes",
        ["KiBy"] = "kibibytes",
        ["MiBy"] = "mebibytes",
        ["GiBy"] = "gibibytes",
        ["Cel"] = "celsius",
        ["W"] = "watts",
        ["J"] = "joules",
        ["V"] = "volts",
        ["A"] = "amperes",
        ["Hz"] = "hertz",
        ["%"] = "percent",
        ["m"] = "meters",
        ["g"] = "grams",
    };

    static readonly Dictionary<string, string> Per = new(StringComparer.Ordinal)
    {
        ["s"] = "second",
        ["m"] = "minute",
        ["h"] = "hour",
        ["d"] = "day",
    };

    /// <summary>The name of a family, without <c>_total</c>.</summary>
    /// <param name="unit">In UCUM; what stands in braces is a note and no unit.</param>
    /// <param name="isGauge">A gauge of unit 1 is a ratio; a counter of unit 1 counts.</param>
    public static string OfFamily(string instrument, string unit, bool isGauge)
    {
        var name = Clean(instrument, alsoColon: true);
        if (name.EndsWith("_total", StringComparison.Ordinal))
            name = name[..^"_total".Length];
        var word = unit == "1" ? isGauge ? "ratio" : "" : OfUnit(unit);
        return word.Length == 0 || name.EndsWith($"_{word}", StringComparison.Ordinal) ? name : $"{name}_{word}";
    }

    public static string OfLabel(string attribute) => Clean(attribute, alsoColon: false);

    /// <summary>The unit's word; empty where it has none.</summary>
    public static string OfUnit(string unit)
    {
        if (unit.Split('/') is [var above, var below] && Per.TryGetValue(below, out var per))
            return OfUnit(above) is { Length: > 0 } what ? $"{what}_per_{per}" : $"per_{per}";
        if (unit.Length == 0 || unit == "1" || unit[0] == '{')
            return "";
        return Units.TryGetValue(unit, out var word) ? word : Clean(unit, alsoColon: false);
    }

    static string Clean(string text, bool alsoColon)
    {
        var clean = new StringBuilder(text.Length + 1);
        if (text.Length == 0 || char.IsAsciiDigit(text[0]))
            clean.Append('_');
        foreach (var letter in text)
        {
            var isAllowed = char.IsAsciiLetterOrDigit(letter) || (alsoColon && letter == ':');
            if (isAllowed || clean.Length == 0 || clean[^1] != '_')
                clean.Append(isAllowed ? letter : '_');
        }
        return clean.ToString();
    }
}
