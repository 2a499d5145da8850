using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace AiPlatform.ServiceDefaults.Settings;

/// <summary>Says what is allowed in one phrase: the type and the bounds that its rules set.</summary>
internal static class SettingExpectation
{
    public static string Of(SettingType type, IEnumerable<ValidationAttribute> rules)
    {
        var expectation = type.Expectation;
        foreach (var rule in rules.Where(Explains))
        {
            expectation = rule switch
            {
                RangeAttribute range => $"{expectation} {Bounds(range)}",
                StringLengthAttribute length => $"text of {length.MinimumLength} to {length.MaximumLength} characters",
                AllowedValuesAttribute allowed => $"one of {string.Join(", ", allowed.Values.Select(Setting.Write))}",
                _ => expectation,
            };
        }
        return expectation;
    }

    /// <summary>Whether the phrase says all about this rule. A rule with words of its own is explained by them.</summary>
    public static bool Explains(ValidationAttribute rule) =>
        rule is RangeAttribute or StringLengthAttribute or AllowedValuesAttribute or RequiredAttribute
        && rule is { ErrorMessage: null, ErrorMessageResourceName: null };

    private static string Bounds(RangeAttribute range)
    {
        var (low, high) = (Bound(range, range.Minimum), Bound(range, range.Maximum));
        return (range.MinimumIsExclusive, range.MaximumIsExclusive) switch
        {
            (false, false) => $"from {low} to {high}",
            (true, false) => $"above {low} up to {high}",
            (false, true) => $"from {low} to below {high}",
            (true, true) => $"above {low} and below {high}",
        };
    }

    // The attribute keeps the text it was given until it has first compared a value.
    private static string? Bound(RangeAttribute range, object bound) => Setting.Write(
        range.OperandType == typeof(TimeSpan) && bound is string text ? TimeSpan.Parse(text, CultureInfo.InvariantCulture) : bound);
}
