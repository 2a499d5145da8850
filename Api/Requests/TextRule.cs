using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using AiPlatform.ServiceDefaults.Egress;

namespace AiPlatform.Api.Requests;

/// <summary>What a text may be, from its DataAnnotations.</summary>
sealed partial class TextRule(object[] attributes)
{
    /// <summary>The times that <see cref="IsReckonable"/> allows, as the end of a message.</summary>
    public const string Times = "allowed: times of the years 1970 to 9998.";

    const int LongestAddress = 2048;

    readonly StringLengthAttribute? _length = attributes.OfType<StringLengthAttribute>().FirstOrDefault();
    readonly (Regex Form, string Message)? _form = attributes.OfType<RegularExpressionAttribute>()
        .Select(rule => (new Regex(rule.Pattern, RegexOptions.CultureInvariant), rule.ErrorMessage ?? $"must match {rule.Pattern}."))
        .Cast<(Regex, string)?>().FirstOrDefault();

    public string? Fault(string text)
    {
        // Not in the text: an answer of the length of the limit would be no help.
        if (_length is not null && text.Length > _length.MaximumLength)
            return $"must have at most {_length.MaximumLength} characters, not {text.Length}.";
        // By length, because $ also matches before a line break at the end.
        if (_form is { } form && (text.Length == 0 || form.Form.Match(text).Length != text.Length))
            return form.Message;
        // A limited text goes into a column of the store, which cannot hold a NUL.
        return _length is not null && text.Contains('\0', StringComparison.Ordinal) ? "must not hold a NUL character." : null;
    }

    /// <summary>Whether the text names its offset: without one it would be read in the time zone of the server.</summary>
    public static bool IsTime(string text) => Offset().IsMatch(text);

    /// <summary>Whether the store can reckon with the time: what .NET takes for its first and last moment is infinity there.</summary>
    public static bool IsReckonable(DateTimeOffset time) => time.UtcDateTime.Year is >= 1970 and < 9999;

    public static bool IsWebAddress(string text) =>
        text.Length <= LongestAddress && Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && UrlHost.IsSpellable(uri);

    [GeneratedRegex(@"T.*(?:Z|[+-][0-9]{2}:[0-9]{2})\z", RegexOptions.CultureInvariant)]
    private static partial Regex Offset();
}
