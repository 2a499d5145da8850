using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace AiPlatform.Architecture.Tests;

/// <summary>docs/configuration.md lists every setting with its real default.</summary>
public sealed class ConfigurationDocumentTests
{
    static readonly string[] Processes = ["Api", "InfraSidecar", "Jobs", "LlmWorker", "ModelSimulator", "ServiceDefaults", "TranscriptionWorker", "WorkerRuntime"];

    [Fact]
    public void The_table_names_every_setting_with_its_default()
    {
        var documented = Repository.Read("docs/configuration.md").Split('\n')
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Select(cells => $"{cells[1]} {cells[2]}")
            .ToHashSet();
        var settings = Settings().ToHashSet();

        Assert.True(settings.IsSubsetOf(documented), "Missing or with another default:\n" + string.Join('\n', settings.Except(documented).Order()));
        Assert.True(documented.IsSubsetOf(settings), "Documented but unknown:\n" + string.Join('\n', documented.Except(settings).Order()));
    }

    [Fact]
    public void Every_secret_says_that_it_may_stand_in_a_file()
    {
        var documented = Repository.Read("docs/configuration.md").Split('\n')
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal) && line.Contains("Or in the file that `", StringComparison.Ordinal))
            .Select(line => line.Split('`')[1]).ToList();
        var secrets = Properties().Where(setting => setting.Property.GetCustomAttribute<DataTypeAttribute>()?.DataType == DataType.Password).ToList();

        Assert.NotEmpty(secrets);
        // The file of this one holds several, and has a row of its own.
        Assert.Equal(
            secrets.Where(setting => setting.Property.DeclaringType!.Name != "ApiOptions" || setting.Key != "INFRA_SIDECAR_TOKEN").Select(setting => setting.Key).Order(),
            documented.Order());
        Assert.All(documented, name => Assert.Contains($"Or in the file that `{name}_FILE` names.", Repository.Read("docs/configuration.md"), StringComparison.Ordinal));
    }

    static IEnumerable<string> Settings() =>
        from setting in Properties()
        select $"`{setting.Key}` {Default(setting.Property, setting.Property.GetValue(Activator.CreateInstance(setting.Property.DeclaringType!)))}";

    static IEnumerable<(PropertyInfo Property, string Key)> Properties() =>
        from process in Processes
        from type in Assembly.Load($"AiPlatform.{process}").GetTypes()
        where !type.IsAbstract && type.GetConstructor(Type.EmptyTypes) is not null
        from property in type.GetProperties()
        let key = property.GetCustomAttribute<ConfigurationKeyNameAttribute>()?.Name
        where key is not null
        select (property, key);

    static string Default(PropertyInfo property, object? value) => value switch
    {
        null or "" => property.IsDefined(typeof(RequiredAttribute)) ? "required" : "–",
        TimeSpan time => $"`{Go(time)}`",
        bool flag => flag ? "`true`" : "`false`",
        string text => $"`{text}`",
        IEnumerable list => list.Cast<object>().ToArray() is { Length: > 0 } items ? $"`{string.Join(',', items)}`" : "–",
        Enum word => $"`{word.ToString().ToLowerInvariant()}`",
        _ => $"`{value}`",
    };

    /// <summary>The shortest Go form: 1h30m, 15m, 2s, 250ms.</summary>
    static string Go(TimeSpan time)
    {
        if (time == TimeSpan.Zero)
        {
            return "0s";
        }
        (long Ticks, string Unit)[] units =
            [(TimeSpan.TicksPerHour, "h"), (TimeSpan.TicksPerMinute, "m"), (TimeSpan.TicksPerSecond, "s"), (TimeSpan.TicksPerMillisecond, "ms")];
        var (text, left) = ("", time.Ticks);
        foreach (var (ticks, unit) in units)
        {
            text += left / ticks is > 0 and var count ? $"{count}{unit}" : "";
            left %= ticks;
        }
        return text;
    }
}
