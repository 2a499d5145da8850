using System.Globalization;
using System.Text.RegularExpressions;

namespace AiPlatform.Contracts;

/// <summary>Durations on the wire, as Go writes them: <c>250ms</c>, <c>20s</c>, <c>1h30m</c>, <c>7d</c>.</summary>
public static partial class Durations
{
    /// <summary>False where the text is no such duration. A bare number is none: nobody could tell its unit.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        var match = Form().Match(text);
        if (!match.Success)
            return false;

        var milliseconds = 0m;
        var numbers = match.Groups["number"].Captures;
        var units = match.Groups["unit"].Captures;
        for (var i = 0; i < numbers.Count; i++)
        {
            var number = decimal.Parse(numbers[i].ValueSpan, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
            milliseconds += number * Milliseconds(units[i].ValueSpan);
        }
        if (milliseconds > (decimal)TimeSpan.MaxValue.TotalMilliseconds - 1)
            return false;
        duration = TimeSpan.FromTicks((long)(milliseconds * TimeSpan.TicksPerMillisecond));
        return true;
    }

    static int Milliseconds(ReadOnlySpan<char> unit) => unit switch
    {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => 86_400_000,
    };

    [GeneratedRegex(@"\A(?:(?<number>[0-9]{1,10}(?:\.[0-9]{1,9})?)(?<unit>ms|s|m|h|d))+\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
