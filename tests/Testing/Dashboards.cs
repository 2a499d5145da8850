using System.Text.Json;
using System.Text.RegularExpressions;

namespace AiPlatform.Testing;

/// <summary>The dashboards of deploy/grafana.</summary>
public static partial class Dashboards
{
    public static IReadOnlyList<string> Names { get; } =
        [.. Directory.EnumerateFiles(RepositoryFiles.PathOf("deploy/grafana"), "*.json").Select(path => Path.GetFileNameWithoutExtension(path)).Order()];

    public static JsonElement Read(string name) => JsonElement.Parse(RepositoryFiles.Read($"deploy/grafana/{name}.json"));

    /// <summary>Of all panels that ask for something.</summary>
    public static IEnumerable<DashboardPanel> Panels(string name) =>
        from panel in Read(name).GetProperty("panels").EnumerateArray()
        where panel.GetProperty("type").GetString() != "row"
        select new DashboardPanel(
            panel.GetProperty("title").GetString()!,
            panel,
            [.. panel.GetProperty("targets").EnumerateArray().Select(target => target.GetProperty("expr").GetString()!)],
            panel.GetProperty("fieldConfig").GetProperty("defaults").TryGetProperty("noValue", out _));

    /// <summary>An expression as Grafana would send it, with everything chosen.</summary>
    public static string Chosen(string expression) => Variable().Replace(expression.Replace("$__rate_interval", "1m", StringComparison.Ordinal), ".*");

    [GeneratedRegex(@"\$\w+")]
    private static partial Regex Variable();
}

/// <summary>A panel.</summary>
/// <param name="Title">Above it.</param>
/// <param name="Json">All of it.</param>
/// <param name="Expressions">That it asks Prometheus for.</param>
/// <param name="MayBeEmpty">It says in words what it means that there is nothing.</param>
public sealed record DashboardPanel(string Title, JsonElement Json, IReadOnlyList<string> Expressions, bool MayBeEmpty);
