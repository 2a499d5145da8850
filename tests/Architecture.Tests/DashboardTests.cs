using System.Text.Json;
using AiPlatform.Testing;

namespace AiPlatform.Architecture.Tests;

/// <summary>deploy/grafana asks for what there is. That its questions have answers is tested by PrometheusTests of EndToEnd.Tests.</summary>
public sealed class DashboardTests
{
    /// <summary>Labels that Prometheus adds, and the one of histograms.</summary>
    static readonly string[] CommonLabels = ["job", "instance", "le", "otel_scope_name"];

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string> Names => [.. Dashboards.Names];

    [Fact]
    public void There_is_one_for_each_part() => Assert.Equal(["gpu", "models", "queue", "transcription"], Dashboards.Names);

    [Theory, MemberData(nameof(Names))]
    public void A_dashboard_can_be_imported_and_says_what_it_shows(string name)
    {
        var dashboard = Dashboards.Read(name);
        Assert.True(dashboard.GetProperty("schemaVersion").GetInt32() >= 39);
        Assert.Equal($"aiplatform-{name}", dashboard.GetProperty("uid").GetString());
        Assert.Contains(dashboard.GetProperty("templating").GetProperty("list").EnumerateArray(), variable => variable.GetProperty("type").GetString() == "datasource");

        var ids = dashboard.GetProperty("panels").EnumerateArray().Select(panel => panel.GetProperty("id").GetInt32()).ToArray();
        Assert.Equal(ids.Distinct(), ids);
        Assert.All(Dashboards.Panels(name), panel =>
        {
            Assert.NotEqual("", panel.Json.GetProperty("description").GetString());
            Assert.NotEqual("", panel.Json.GetProperty("fieldConfig").GetProperty("defaults").GetProperty("unit").GetString());
            Assert.NotEmpty(panel.Expressions);
            Assert.All(Sources(panel.Json), source => Assert.Equal("${datasource}", source));
        });
    }

    [Theory, MemberData(nameof(Names))]
    public void Every_series_and_label_is_in_the_document(string name) =>
        Assert.All(Dashboards.Panels(name).SelectMany(panel => panel.Expressions), AssertDocumented);

    [Theory, MemberData(nameof(Names))]
    public void Every_link_leads_to_a_section_of_the_runbook(string name)
    {
        var sections = RunbookTests.Sections;
        var links = Dashboards.Panels(name).Where(panel => panel.Json.TryGetProperty("links", out _))
            .SelectMany(panel => panel.Json.GetProperty("links").EnumerateArray()).Select(link => link.GetProperty("url").GetString()!).ToArray();
        Assert.NotEmpty(links);
        Assert.Equal([], links.Where(link => !(link.StartsWith("${runbook}#", StringComparison.Ordinal) && sections.Contains(link.Split('#')[1]))));
    }

    [Theory, MemberData(nameof(Names))]
    public async Task Prometheus_understands_every_expression(string name)
    {
        Promtool.SkipWithout();
        var rules = Dashboards.Panels(name).SelectMany(panel => panel.Expressions)
            .Select((expression, number) => $"      - record: panel:{number}\n        expr: {JsonSerializer.Serialize(Dashboards.Chosen(expression))}\n");
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, $"groups:\n  - name: panels\n    rules:\n{string.Concat(rules)}", Ct);
            var (code, output) = await Promtool.RunAsync(null, Ct, "check", "rules", file);
            Assert.True(code == 0, output);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Fails where an expression asks for a series, or by a label, that docs/observability.md does not have.</summary>
    internal static void AssertDocumented(string expression)
    {
        var families = PromExpression.Series(expression).Where(series => series != "up").Select(ObservabilityDocument.FamilyOf).ToArray();
        Assert.Equal([], families.Where(family => !ObservabilityDocument.Families.ContainsKey(family)));
        var known = families.SelectMany(family => ObservabilityDocument.Families[family]).Concat(CommonLabels).ToHashSet();
        Assert.Equal([], PromExpression.Labels(expression).Where(label => !known.Contains(label)));
    }

    static IEnumerable<string?> Sources(JsonElement panel) => panel.GetProperty("targets").EnumerateArray().Append(panel)
        .Select(part => part.GetProperty("datasource").GetProperty("uid").GetString());
}
