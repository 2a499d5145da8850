using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace AiPlatform.ServiceDefaults.Settings;

/// <summary>Durations as Go writes them (1h30m, 2s, 250ms; also days: 7d), or as .NET does (00:05:00).</summary>
static partial class Duration
{
    static readonly (string Unit, long Ticks)[] Units =
    [
        ("d", TimeSpan.TicksPerDay),
        ("h", TimeSpan.TicksPerHour),
        ("m", TimeSpan.TicksPerMinute),
        ("s", TimeSpan.TicksPerSecond),
        ("ms", TimeSpan.TicksPerMillisecond),
        ("us", TimeSpan.TicksPerMicrosecond),
    ];

    /// <summary>Null when the text is no duration. A bare number is none: .NET would take "5" for five days.</summary>
    public static TimeSpan? Parse(string text)
    {
        if (text == "0")
            return TimeSpan.Zero;
        if (text.Contains(':', StringComparison.Ordinal))
            return TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var duration) ? duration : null;
        if (GoForm().Match(text) is not { Success: true } match)
            return null;

        var ticks = 0m;
        for (var i = 0; i < match.Groups["unit"].Captures.Count; i++)
        {
            // At most ten digits each way, so that neither the parse nor the product can overflow.
            var number = decimal.Parse(match.Groups["number"].Captures[i].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
            ticks += number * TicksOf(match.Groups["unit"].Captures[i].Value);
        }
        if (match.Groups["sign"].Length > 0)
            ticks = -ticks;
        return ticks is >= long.MinValue and <= long.MaxValue ? TimeSpan.FromTicks((long)ticks) : null;
    }

    /// <summary>The shortest Go form: 90 s is 1m30s.</summary>
    public static string Write(TimeSpan duration)
    {
        if (duration == TimeSpan.Zero)
            return "0s";
        var text = new StringBuilder(duration < TimeSpan.Zero ? "-" : "");
        var left = duration.Ticks;
        foreach (var (unit, ticks) in Units)
        {
            var count = Math.Abs(left / ticks);
            left %= ticks;
            if (count > 0)
                text.Append(CultureInfo.InvariantCulture, $"{count}{unit}");
        }
        return text.ToString();
    }

    static long TicksOf(string unit) => Array.Find(Units, known => known.Unit == unit).Ticks;

    [GeneratedRegex(@"^(?<sign>-)?(?:(?<number>[0-9]{1,10}(?:\.[0-9]{1,10})?)(?<unit>ms|us|d|h|m|s))+$", RegexOptions.CultureInvariant)]
    private static partial Regex GoForm();
}
