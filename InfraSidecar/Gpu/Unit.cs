using System.Globalization;

namespace AiPlatform.InfraSidecar.Gpu;

/// <summary>Numbers with units as nvidia-smi writes them, turned into bytes, ratios, hertz and watts.</summary>
static class Unit
{
    /// <summary>The column's name without its unit: <c>memory.used [MiB]</c> is <c>memory.used</c>.</summary>
    public static string Strip(string header) => header.IndexOf(" [", StringComparison.Ordinal) is > 0 and var start ? header[..start] : header;

    /// <summary>The unit in a column's name, or null.</summary>
    public static string? Of(string header) =>
        header.IndexOf(" [", StringComparison.Ordinal) is > 0 and var start && header.EndsWith(']') ? header[(start + 2)..^1] : null;

    /// <summary>Null for every spelling of "not known", and for what is no number or has a unit that is not known.</summary>
    public static double? Read(string cell, string? columnUnit)
    {
        var end = cell.IndexOf(' ', StringComparison.Ordinal);
        var number = end < 0 ? cell : cell[..end];
        var unit = end < 0 ? columnUnit : cell[(end + 1)..].Trim();
        if (!double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || !double.IsFinite(value) || value < 0)
            return null;
        return Scale(unit) * value;
    }

    static double? Scale(string? unit) => unit switch
    {
        null or "" or "W" or "C" or "J" or "B" or "Hz" => 1,
        "%" => 0.01,
        "KiB" => 1024,
        "MiB" => 1_048_576,
        "GiB" => 1_073_741_824,
        "mW" => 0.001,
        "kHz" or "KHz" => 1_000,
        "MHz" => 1_000_000,
        "GHz" => 1_000_000_000,
        _ => null,
    };
}
