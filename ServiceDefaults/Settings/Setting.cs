using System.Collections;
using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;

namespace AiPlatform.ServiceDefaults.Settings;

/// <summary>One property of an options class and the configuration key it is read from.</summary>
sealed partial class Setting
{
    const int ShownLength = 120;

    static readonly ConcurrentDictionary<Type, IReadOnlyList<Setting>> Known = new();

    readonly SettingType _type;
    readonly bool _isSecret;
    readonly bool _readsFile;

    Setting(PropertyInfo property, string name)
    {
        Property = property;
        Name = name;
        Rules = [.. property.GetCustomAttributes<ValidationAttribute>().Where(rule => rule is not DataTypeAttribute)];
        _type = SettingType.Of(property);
        _isSecret = property.GetCustomAttribute<DataTypeAttribute>()?.DataType == DataType.Password;
        _readsFile = _isSecret && !Named(property.DeclaringType!).Any(other => other.Name == Secret.FileSetting(name));
        Expectation = SettingExpectation.Of(_type, Rules);
    }

    public PropertyInfo Property { get; }

    public string Name { get; }

    public IReadOnlyList<ValidationAttribute> Rules { get; }

    /// <summary>What is allowed, as the subject of a sentence: "a whole number from 1 to 1000".</summary>
    public string Expectation { get; }

    public static IReadOnlyList<Setting> Of(Type options) => Known.GetOrAdd(options, static type =>
    [
        .. Named(type).Select(named => new Setting(named.Property, named.Name)),
    ]);

    /// <summary>The configured text without surrounding blanks, which files of secrets end in; null when there is none.</summary>
    public string? TextIn(IConfiguration configuration) => SecretIn(configuration) is { } secret
        ? secret.Text
        : configuration[Name]?.Trim() is { Length: > 0 } text ? text : null;

    /// <summary>Why a secret that is configured cannot be had; null where nothing is wrong.</summary>
    public string? ProblemIn(IConfiguration configuration) => SecretIn(configuration)?.Problem;

    public bool TryRead(string text, out object? value) => _type.TryRead(text, out value);

    /// <summary>Name and value for a message; never the value of a secret, nor user, password and query of an address.</summary>
    public string Shown(string? text) => Shown(Name, text, _isSecret);

    /// <inheritdoc cref="Shown(string?)"/>
    public static string Shown(string name, string? text, bool isSecret) => text switch
    {
        null or "" => $"{name} is not set",
        _ when isSecret => $"{name} is not valid",
        _ => $"{name} is '{Shorten(WithoutUser(text))}'",
    };

    /// <summary>A value as it would be configured.</summary>
    public static string? Write(object? value) => value switch
    {
        null => null,
        string text => text,
        bool flag => flag ? "true" : "false",
        TimeSpan duration => Duration.Write(duration),
        Enum member => WireNames.Of(member),
        IEnumerable list => string.Join(',', list.Cast<object?>().Select(Write)),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture),
    };

    /// <summary>Null for what is no secret. One whose file has a setting of its own is what that setting says.</summary>
    Secret? SecretIn(IConfiguration configuration)
    {
        if (!_isSecret)
            return null;
        var secret = Secret.Read(Name, key => key == Name || _readsFile ? configuration[key] : null);
        foreach (var part in _type.IsList ? secret.Text?.Split(',', StringSplitOptions.TrimEntries) ?? [] : [])
            KnownSecrets.Add(part);
        return secret;
    }

    static IEnumerable<(PropertyInfo Property, string Name)> Named(Type options) =>
        from property in options.GetProperties(BindingFlags.Public | BindingFlags.Instance)
        let key = property.GetCustomAttribute<ConfigurationKeyNameAttribute>()
        where key is not null
        select (property, key.Name);

    static string WithoutUser(string text) => QueryOfAddress().Replace(UserInAddress().Replace(text, "//***@"), "?***");

    public static string Shorten(string text) => text.Length <= ShownLength ? text : text[..ShownLength] + "…";

    [GeneratedRegex(@"//\S*@", RegexOptions.CultureInvariant)]
    private static partial Regex UserInAddress();

    [GeneratedRegex(@"(?<=://[^\s,?]*)\?[^\s,]+", RegexOptions.CultureInvariant)]
    private static partial Regex QueryOfAddress();
}
