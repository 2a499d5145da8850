using System.Globalization;

namespace AiPlatform.Bench;

static class Numbers
{
    /// <summary>Three digits that matter; thousands with commas.</summary>
    public static string Text(double value) => Math.Abs(value) switch
    {
        >= 100 => value.ToString("#,0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.0", CultureInfo.InvariantCulture),
        0 => "0",
        _ => value.ToString("0.00", CultureInfo.InvariantCulture),
    };

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>The smallest value that this part of all does not exceed.</summary>
    public static double Percentile(IReadOnlyCollection<double> values, double part) =>
        values.Order().ElementAt((int)Math.Ceiling(part * values.Count) - 1);
}
