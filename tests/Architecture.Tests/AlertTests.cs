using System.Text.RegularExpressions;
using AiPlatform.Testing;

namespace AiPlatform.Architecture.Tests;

/// <summary>deploy/prometheus: alerts that fire when they should, lead to the runbook, and ask for what there is.</summary>
public sealed partial class AlertTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void Every_alert_says_how_urgent_it_is_what_it_means_and_where_to_read_on() => Assert.All(AlertRule.All, alert =>
    {
        Assert.Contains(alert.Severity, (string[])["page", "ticket"]);
        Assert.Equal(["description", "runbook_url", "summary"], alert.Annotations.Keys.Order());
        var (path, section) = alert.Annotations["runbook_url"].Split('#') is [var before, var after] ? (before, after) : ("", "");
        Assert.Equal("docs/runbook.md", path);
        Assert.Contains(section, RunbookTests.Sections);
    });

    [Fact]
    public void Every_series_and_label_is_in_the_document() => Assert.All(AlertRule.All, alert => DashboardTests.AssertDocumented(alert.Expression));

    [Fact]
    public void The_runbook_lists_every_alert_with_its_section() => Assert.Equal(
        AlertRule.All.Select(alert => $"{alert.Severity}: {alert.Name} → {alert.Annotations["runbook_url"].Split('#')[1]}"),
        RunbookRow().Matches(Repository.Read("docs/runbook.md")).Select(row => $"{row.Groups[2].Value}: {row.Groups[1].Value} → {row.Groups[3].Value}"));

    [Fact]
    public void Every_alert_is_tested_on_what_fires_it_and_on_what_does_not()
    {
        var cases = Case().Matches(RepositoryFiles.Read("deploy/prometheus/alerts.test.yaml")).ToLookup(match => match.Groups[1].Value, match => match.Groups[2].Success);
        Assert.Equal([], AlertRule.All.Where(alert => !(cases[alert.Name].Contains(true) && cases[alert.Name].Contains(false))).Select(alert => alert.Name));
    }

    [Theory]
    [InlineData("check", "config", "prometheus.yaml")]
    [InlineData("test", "rules", "alerts.test.yaml")]
    public async Task Promtool_is_content(string verb, string what, string file)
    {
        Promtool.SkipWithout();
        var (code, output) = await Promtool.RunAsync(null, Ct, verb, what, RepositoryFiles.PathOf($"deploy/prometheus/{file}"));
        Assert.True(code == 0, output);
    }

    [GeneratedRegex(@"^\| `(\w+)` \| (page|ticket) \| \[[^\]]+\]\(#([\w-]+)\) \|$", RegexOptions.Multiline)]
    private static partial Regex RunbookRow();

    [GeneratedRegex(@"^ +alertname: (\w+)$(\n +exp_alerts:)?", RegexOptions.Multiline)]
    private static partial Regex Case();
}
