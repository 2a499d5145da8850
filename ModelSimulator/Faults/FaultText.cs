using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;

namespace AiPlatform.ModelSimulator.Faults;

/// <summary>Reads the one notation that the header, the model name and <c>POST /admin/faults</c> share.</summary>
static class FaultText
{
    const int DefaultAfter = 3;
    const int DefaultCode = 503;
    static readonly TimeSpan DefaultSlowness = TimeSpan.FromSeconds(5);
    static readonly TimeSpan DefaultHeaderPause = TimeSpan.FromMilliseconds(10);
    static readonly TimeSpan MaxPause = TimeSpan.FromHours(24);

    static readonly FrozenDictionary<string, FaultKind> Kinds = Enum.GetValues<FaultKind>().ToFrozenDictionary(Name);

    static readonly FrozenDictionary<string, TimeSpan> Units = new Dictionary<string, TimeSpan>
    {
        ["ms"] = TimeSpan.FromMilliseconds(1),
        ["s"] = TimeSpan.FromSeconds(1),
        ["m"] = TimeSpan.FromMinutes(1)
    }.ToFrozenDictionary();

    public static string Name(FaultKind kind) => JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString());

    /// <summary>The fault, or a sentence that says what is wrong with the text.</summary>
    public static (Fault? Fault, string? Mistake) Parse(string text)
    {
        var parts = text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 0 || !Kinds.TryGetValue(parts[0], out var kind))
            return (null, $"Unknown fault '{parts.FirstOrDefault(text)}'; one of: {string.Join(", ", Enum.GetValues<FaultKind>().Select(Name))}");

        var fault = Default(kind);
        foreach (var part in parts.AsSpan(1))
        {
            if (With(fault, part) is not { } changed)
                return (null, $"Fault setting '{part}' is none of: after=tokens, for=2s, every=50ms, code=400..599, retry_after=seconds, "
                    + "retry_at=seconds, retry_after_ms=1500, error_code=text, message=text");
            fault = changed;
        }

        return (kind == FaultKind.Slow && fault.For is null && fault.Every == TimeSpan.Zero ? fault with { For = DefaultSlowness } : fault, null);
    }

    public static Fault Default(FaultKind kind) => new(
        kind, DefaultAfter, null, kind == FaultKind.SlowHeaders ? DefaultHeaderPause : TimeSpan.Zero, DefaultCode, null, null, null, null, null);

    static Fault? With(Fault fault, string part)
    {
        var equals = part.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
            return null;
        var value = part[(equals + 1)..].Trim();
        return part[..equals].Trim() switch
        {
            "after" when Whole(value, 0, 1_000_000) is { } after => fault with { After = after },
            "for" when Duration(value) is { } pause => fault with { For = pause },
            "every" when Duration(value) is { } every => fault with { Every = every },
            "code" when Whole(value, 400, 599) is { } code => fault with { Code = code },
            "retry_after" when Whole(value, 0, 86_400) is { } seconds => fault with { RetryAfterSeconds = seconds },
            "retry_at" when Whole(value, 0, 86_400) is { } date => fault with { RetryAtSeconds = date },
            "retry_after_ms" when Whole(value, 0, 86_400_000) is { } milliseconds => fault with { RetryAfterMs = milliseconds },
            "error_code" when value.Length > 0 => fault with { ErrorCode = value },
            "message" when value.Length > 0 => fault with { Message = value },
            _ => null
        };
    }

    static int? Whole(string text, int least, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number : null;

    static TimeSpan? Duration(string text)
    {
        var unitAt = text.AsSpan().IndexOfAnyInRange('a', 'z');
        if (unitAt <= 0 || !Units.TryGetValue(text[unitAt..], out var unit)
            || !double.TryParse(text.AsSpan(0, unitAt), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            || number * unit.TotalSeconds > MaxPause.TotalSeconds)
        {
            return null;
        }

        return unit * number;
    }
}
