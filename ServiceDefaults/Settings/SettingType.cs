using System.Globalization;
using System.Numerics;
using System.Reflection;
using AiPlatform.ServiceDefaults.Egress;

namespace AiPlatform.ServiceDefaults.Settings;

/// <summary>How the text of a setting is read, and what may be written.</summary>
/// <param name="Expectation">What is expected, as the subject of a sentence.</param>
/// <param name="Parse">The value, or null when the text is not one.</param>
/// <param name="IsList">Whether the text may hold several, separated by commas.</param>
sealed record SettingType(string Expectation, Func<string, object?> Parse, bool IsList = false)
{
    public bool TryRead(string text, out object? value) => (value = Parse(text)) is not null;

    public static SettingType Of(PropertyInfo property)
    {
        var name = $"{property.DeclaringType?.Name}.{property.Name}";
        if (property.SetMethod is null)
            throw new NotSupportedException($"{name} cannot be bound: it has no setter.");
        return Of(property.PropertyType)
            ?? throw new NotSupportedException($"{name} cannot be bound: {property.PropertyType.Name} is not a type of setting.");
    }

    static SettingType? Of(Type type)
    {
        var target = Nullable.GetUnderlyingType(type) ?? type;
        return target switch
        {
            _ when target == typeof(string) => new("a value", static text => text),
            _ when target == typeof(bool) => new("true or false", static text => ParseFlag(text)),
            _ when target == typeof(int) => new("a whole number", static text => ParseWhole<int>(text)),
            _ when target == typeof(long) => new("a whole number", static text => ParseWhole<long>(text)),
            _ when target == typeof(double) => new("a number", static text => ParseNumber(text)),
            _ when target == typeof(TimeSpan) => new("a duration such as 5m, 1h30m or 250ms", static text => Duration.Parse(text)),
            _ when target == typeof(Uri) => new("an absolute http or https address", ParseAddress),
            { IsEnum: true } => new($"one of {string.Join(", ", WireNames.All(target))}", text => WireNames.Parse(target, text)),
            { IsGenericType: true } when target.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) => ListOf(target.GenericTypeArguments[0]),
            _ => null,
        };
    }

    static SettingType? ListOf(Type element)
    {
        if (Of(element) is not { } type)
            return null;
        var expectation = element == typeof(string) ? "a comma-separated list" : $"a comma-separated list, each {type.Expectation},";
        return new(expectation, text => ParseList(text, element, type), IsList: true);
    }

    static Array? ParseList(string text, Type element, SettingType type)
    {
        var parts = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var list = Array.CreateInstance(element, parts.Length);
        for (var i = 0; i < parts.Length; i++)
        {
            if (type.Parse(parts[i]) is not { } value)
                return null;
            list.SetValue(value, i);
        }
        return list;
    }

    static bool? ParseFlag(string text) => text.ToUpperInvariant() switch
    {
        "TRUE" or "1" or "YES" => true,
        "FALSE" or "0" or "NO" => false,
        _ => null,
    };

    static T? ParseWhole<T>(string text)
        where T : struct, IBinaryInteger<T> =>
        T.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    static double? ParseNumber(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;

    static Uri? ParseAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address is { Scheme: "http" or "https" } && UrlHost.IsSpellable(address)
            ? address : null;
}
