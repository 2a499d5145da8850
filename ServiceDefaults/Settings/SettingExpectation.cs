using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace AiPlatform.ServiceDefaults.Settings;

/// <summary>Says what is allowed in one phrase: the type and the bounds that its rules set.</summary>
static class SettingExpectation
{
    // Unlike the older attributes this one shows its default text as if it were given.
    static readonly string? AllowedValuesOwnWords = new AllowedValuesAttribute().ErrorMessage;

    public static string Of(SettingType type, IEnumerable<ValidationAttribute> rules)
    {
        var expectation = type.Expectation;
        foreach (var rule in rules.Where(Explains))
        {
            expectation = rule switch
            {
                // The bounds show how a duration is written.
                RangeAttribute range when range.OperandType == typeof(TimeSpan) => $"a duration {Bounds(range)}",
                RangeAttribute range => $"{expectation} {Bounds(range)}",
                StringLengthAttribute { MinimumLength: 0 } length => $"text of at most {length.MaximumLength} characters",
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
        && (rule.ErrorMessage is null || rule.ErrorMessage == AllowedValuesOwnWords)
        && rule.ErrorMessageResourceName is null;

    static string Bounds(RangeAttribute range)
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
    static string? Bound(RangeAttribute range, object bound) => Setting.Write(
        range.OperandType == typeof(TimeSpan) && bound is string text ? TimeSpan.Parse(text, CultureInfo.InvariantCulture) : bound);
}
