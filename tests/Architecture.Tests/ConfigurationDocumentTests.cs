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

    static IEnumerable<string> Settings() =>
        from process in Processes
        from type in Assembly.Load($"AiPlatform.{process}").GetTypes()
        where !type.IsAbstract && type.GetConstructor(Type.EmptyTypes) is not null
        from property in type.GetProperties()
        let key = property.GetCustomAttribute<ConfigurationKeyNameAttribute>()?.Name
        where key is not null
        select $"`{key}` {Default(property, property.GetValue(Activator.CreateInstance(type)))}";

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
