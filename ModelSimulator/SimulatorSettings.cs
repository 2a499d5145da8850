using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Options;

namespace AiPlatform.ModelSimulator;

/// <summary>Reads <see cref="SimulatorOptions"/> from flat SIMULATOR_* names and lists every bad one in a single message.</summary>
static class SimulatorSettings
{
    public static SimulatorOptions Read(IConfiguration configuration)
    {
        var options = new SimulatorOptions();
        var mistakes = new List<string>();
        foreach (var property in typeof(SimulatorOptions).GetProperties())
        {
            if (property.GetCustomAttribute<ConfigurationKeyNameAttribute>() is { Name: var key } && configuration[key] is { } text)
                Assign(options, property, key, text.Trim(), mistakes);
        }

        Validate(options, mistakes);
        if (mistakes.Count == 0)
            return options;
        var message = "ModelSimulator cannot start: " + string.Join("; ", mistakes);
        throw new OptionsValidationException(nameof(SimulatorOptions), typeof(SimulatorOptions), [message]);
    }

    static void Assign(SimulatorOptions options, PropertyInfo property, string key, string text, List<string> mistakes)
    {
        if (property.PropertyType == typeof(IReadOnlyList<string>))
        {
            property.SetValue(options, text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
            return;
        }

        var converter = TypeDescriptor.GetConverter(property.PropertyType);
        if (text.Length == 0)
            return;
        if (converter.IsValid(text))
            property.SetValue(options, converter.ConvertFrom(null, CultureInfo.InvariantCulture, text));
        else
            mistakes.Add($"{key} is '{text}', which is not {Noun(property)}");
    }

    public static string Key(PropertyInfo property) => property.GetCustomAttribute<ConfigurationKeyNameAttribute>()?.Name ?? property.Name;

    /// <summary>What a value of the setting is, with its article.</summary>
    public static string Noun(PropertyInfo property) => (Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType) switch
    {
        var type when type == typeof(int) => "a whole number",
        var type when type == typeof(bool) => "true or false",
        var type when type == typeof(string) => "a text",
        var type when type == typeof(IReadOnlyList<string>) => "a list of texts",
        _ => "a number"
    };

    /// <summary>What is wrong with one setting alone, where it is called so.</summary>
    public static IEnumerable<string> Mistakes(SimulatorOptions options, PropertyInfo property, string name)
    {
        var results = new List<ValidationResult>();
        var context = new ValidationContext(options) { MemberName = property.Name, DisplayName = name };
        Validator.TryValidateProperty(property.GetValue(options), context, results);
        return results.Select(result => result.ErrorMessage!);
    }

    static void Validate(SimulatorOptions options, List<string> mistakes)
    {
        foreach (var property in typeof(SimulatorOptions).GetProperties())
            mistakes.AddRange(Mistakes(options, property, Key(property)));

        if (mistakes.Count == 0)
            mistakes.AddRange(options.Validate(new ValidationContext(options)).Select(result => result.ErrorMessage!));
    }
}
