using System.Globalization;
using System.Text;

namespace AiPlatform.InfraSidecar.Vllm;

/// <summary>
/// Reads Prometheus' text format and OpenMetrics: <c>name{label="value"} 1.5 1712345678</c>. A line that is not one is skipped, so that one odd
/// exporter line does not hide the others.
/// </summary>
static class PrometheusText
{
    /// <param name="text">The page.</param>
    /// <param name="rename">The name to keep a line under, or null to skip it before anything is allocated for it.</param>
    public static Dictionary<string, List<PrometheusSample>> Parse(string text, Func<ReadOnlySpan<char>, string?> rename)
    {
        Dictionary<string, List<PrometheusSample>> found = [];
        foreach (var rawLine in text.AsSpan().EnumerateLines())
        {
            var line = rawLine.Trim();
            if (line.IsEmpty || line[0] == '#')
                continue;
            var nameEnd = line.IndexOfAny('{', ' ', '\t');
            if (nameEnd <= 0 || rename(line[..nameEnd]) is not { } name || ReadLine(line[nameEnd..]) is not { } sample)
                continue;
            if (!found.TryGetValue(name, out var samples))
                found[name] = samples = [];
            samples.Add(sample);
        }
        return found;
    }

    static PrometheusSample? ReadLine(ReadOnlySpan<char> rest)
    {
        List<KeyValuePair<string, string>> labels = [];
        rest = rest.TrimStart();
        if (rest[0] == '{' && !ReadLabels(ref rest, labels))
            return null;
        rest = rest.Trim();
        var end = rest.IndexOfAny(' ', '\t');
        return ReadValue(end < 0 ? rest : rest[..end]) is { } value ? new PrometheusSample(labels, value) : null;
    }

    static bool ReadLabels(ref ReadOnlySpan<char> rest, List<KeyValuePair<string, string>> labels)
    {
        rest = rest[1..].TrimStart();
        while (true)
        {
            if (rest.IsEmpty)
                return false;
            if (rest[0] == '}')
            {
                rest = rest[1..];
                return true;
            }
            var equals = rest.IndexOf('=');
            if (equals <= 0)
                return false;
            var name = rest[..equals].Trim().ToString();
            rest = rest[(equals + 1)..].TrimStart();
            if (rest.IsEmpty || rest[0] != '"' || !ReadQuoted(ref rest, out var value))
                return false;
            labels.Add(new(name, value));
            rest = rest.TrimStart();
            if (!rest.IsEmpty && rest[0] == ',')
                rest = rest[1..].TrimStart();
        }
    }

    /// <summary>A label's value may hold braces, commas and spaces, and quotes behind a backslash.</summary>
    static bool ReadQuoted(ref ReadOnlySpan<char> rest, out string value)
    {
        StringBuilder? unescaped = null;
        for (var i = 1; i < rest.Length; i++)
        {
            if (rest[i] == '"')
            {
                value = unescaped?.ToString() ?? rest[1..i].ToString();
                rest = rest[(i + 1)..];
                return true;
            }
            if (rest[i] == '\\' && i + 1 < rest.Length)
            {
                unescaped ??= new StringBuilder().Append(rest[1..i]);
                i++;
                unescaped.Append(rest[i] == 'n' ? '\n' : rest[i]);
            }
            else
            {
                unescaped?.Append(rest[i]);
            }
        }
        value = "";
        return false;
    }

    static double? ReadValue(ReadOnlySpan<char> text) => text switch
    {
        "+Inf" or "Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        "NaN" => double.NaN,
        _ => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null,
    };
}
