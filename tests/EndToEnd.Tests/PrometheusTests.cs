using System.Text.Json;
using System.Text.RegularExpressions;
using AiPlatform.Testing;

namespace AiPlatform.EndToEnd.Tests;

/// <summary>A real Prometheus reads every process, with the files of deploy/ as they are, and finds what docs/observability.md says.</summary>
public sealed partial class PrometheusTests(ScrapedSystem system) : IClassFixture<ScrapedSystem>
{
    /// <summary>Gauges that .NET and Npgsql have given a name that looks like a histogram's.</summary>
    static readonly string[] NamesOfOthers = ["db_client_connection_count", "dotnet_assembly_count", "dotnet_process_cpu_count", "dotnet_timer_count"];

    /// <summary>Those of Prometheus' format, and the meter's name.</summary>
    static readonly string[] CommonLabels = ["le", "otel_scope_name"];

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_process_is_scraped_without_an_error()
    {
        var prometheus = await system.StartedAsync();
        await Eventually.That(
            async () =>
            {
                var targets = (await prometheus.GetAsync("/api/v1/targets")).GetProperty("activeTargets").EnumerateArray()
                    .Select(target => (Text(target.GetProperty("labels"), "job"), Text(target, "health"), Text(target, "lastError"))).Order();
                Assert.Equal([("api", "up", ""), ("infra-sidecar", "up", ""), ("llm-worker", "up", ""), ("transcription-worker", "up", "")], targets);
            },
            Ct);
    }

    [Fact]
    public async Task The_alerts_are_evaluated()
    {
        var prometheus = await system.StartedAsync();
        var known = AlertName().Matches(RepositoryFiles.Read("deploy/prometheus/alerts.yaml")).Select(match => match.Groups[1].Value);
        await Eventually.That(
            async () =>
            {
                var rules = (await prometheus.GetAsync("/api/v1/rules?type=alert")).GetProperty("groups").EnumerateArray()
                    .SelectMany(group => group.GetProperty("rules").EnumerateArray()).ToArray();
                Assert.Equal(known.Order(), rules.Select(rule => Text(rule, "name")).Order());
                Assert.All(rules, rule => Assert.True(Text(rule, "health") == "ok", $"{rule}"));
            },
            Ct);
    }

    [Theory]
    [InlineData("models")]
    [InlineData("queue")]
    [InlineData("transcription")]
    public async Task A_dashboard_has_something_to_show(string name)
    {
        var prometheus = await system.StartedAsync();
        await Eventually.That(
            async () =>
            {
                List<string> empty = [];
                foreach (var (panel, expression) in Dashboards.Panels(name).SelectMany(panel => panel.Expressions, (panel, expression) => (panel, expression)))
                {
                    if (await prometheus.CountAsync(Dashboards.Chosen(expression)) == 0 && !panel.MayBeEmpty)
                        empty.Add($"{panel.Title}: {expression}");
                }
                Assert.Equal([], empty);
            },
            Ct);
    }

    /// <summary>What panels may be without, this system is not.</summary>
    [Theory]
    [InlineData("aiplatform_queue_depth > 0")]
    [InlineData("aiplatform_queue_oldest_age_seconds > 0")]
    [InlineData("aiplatform_queue_running > 0")]
    [InlineData("aiplatform_queue_backlog_duration_seconds")]
    [InlineData("aiplatform_queue_halts == 1")]
    [InlineData("aiplatform_provider_errors_total > 0")]
    [InlineData("""gen_ai_client_operation_duration_seconds_count{error_type!=""} > 0""")]
    [InlineData("""aiplatform_transcription_audio_duration_seconds_sum{job="transcription-worker"} > 3""")]
    [InlineData("infra_inference_healthy_ratio == 1")]
    [InlineData("""infra_collector_success_ratio{infra_source="vllm"} == 1""")]
    [InlineData("""target_info{service_name!="", service_version!=""}""")]
    public async Task What_has_happened_is_found(string expression)
    {
        var prometheus = await system.StartedAsync();
        await Eventually.That(async () => Assert.NotEqual(0, await prometheus.CountAsync(expression)), Ct);
    }

    [Fact]
    public async Task Promtool_complains_of_nothing_but_names_of_others()
    {
        await system.StartedAsync();
        foreach (var page in await system.PagesAsync())
        {
            var (_, output) = await Promtool.RunAsync(page, Ct, "check", "metrics");
            Assert.Equal([], output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Where(line => !NamesOfOthers.Any(name => line == $"{name} non-histogram and non-summary metrics should not have \"_count\" suffix")));
        }
    }

    [Fact]
    public async Task Nothing_is_sent_that_the_document_does_not_have()
    {
        await system.StartedAsync();
        var pages = await system.PagesAsync();
        // Npgsql would have the connection string be the name of its pool.
        Assert.All(pages, page => Assert.DoesNotContain("Host=", page, StringComparison.OrdinalIgnoreCase));
        var sent = pages.SelectMany(page => Series().Matches(page))
            .SelectMany(series => Label().Matches(series.Groups["labels"].Value).Select(label => label.Groups[1].Value).Except(CommonLabels).Append("")
                .Select(label => (Family: ObservabilityDocument.FamilyOf(series.Groups["name"].Value), Label: label)))
            .Distinct();
        Assert.Equal([], sent.Where(one => !(ObservabilityDocument.Families.TryGetValue(one.Family, out var labels) && (one.Label == "" || labels.Contains(one.Label)))));
    }

    static string Text(JsonElement element, string property) => element.GetProperty(property).GetString()!;

    [GeneratedRegex(@"- alert: (\w+)")]
    private static partial Regex AlertName();

    [GeneratedRegex(@"^(?<name>[a-zA-Z_:][\w:]*)(?:\{(?<labels>.*)\})? [^ ]+$", RegexOptions.Multiline)]
    private static partial Regex Series();

    [GeneratedRegex("""
        ([a-zA-Z_]\w*)="(?:[^"\\]|\\.)*"
        """)]
    private static partial Regex Label();
}
