using System.Diagnostics;
using System.Diagnostics.Metrics;
using AiPlatform.ServiceDefaults.Prometheus;
using Microsoft.AspNetCore.Builder;

namespace AiPlatform.ServiceDefaults.Tests;

public sealed class MetricsEndpointTests
{
    const string Scope = "otel_scope_name=\"AiPlatform.Tests.Metrics\"";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_kind_of_instrument_is_shown_under_the_names_that_Prometheus_expects()
    {
        using var meter = new Meter("AiPlatform.Tests.Metrics");
        await using var app = await TestApp.StartAsync();
        Measure(meter);

        var page = await ScrapeAsync(app, accept: "*/*");
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", page.Type);
        AssertLines(
            page.Text,
            "# TYPE aiplatform_tests_claimed_total counter",
            "# HELP aiplatform_tests_claimed_total Jobs that were claimed.\\nSecond line.",
            $$"""aiplatform_tests_claimed_total{{{Scope}},profile="a\"b\\c\nd"} 3""",
            "# TYPE aiplatform_tests_wait_seconds histogram",
            $$"""aiplatform_tests_wait_seconds_bucket{{{Scope}},le="0.5"} 1""",
            $$"""aiplatform_tests_wait_seconds_bucket{{{Scope}},le="2"} 2""",
            $$"""aiplatform_tests_wait_seconds_bucket{{{Scope}},le="+Inf"} 3""",
            $$"""aiplatform_tests_wait_seconds_sum{{{Scope}}} 11.25""",
            $$"""aiplatform_tests_wait_seconds_count{{{Scope}}} 3""",
            "# TYPE aiplatform_tests_slots gauge",
            $$"""aiplatform_tests_slots{{{Scope}},state="busy"} -2""",
            "# TYPE aiplatform_tests_usage_ratio gauge",
            $$"""aiplatform_tests_usage_ratio{{{Scope}}} 0.25""");
        Assert.Contains("\ndotnet_gc_collections_total{", page.Text, StringComparison.Ordinal);
        Assert.Matches("""(?m)^target_info\{.*service_name="[^"]+".*\} 1$""", page.Text);
        Assert.DoesNotContain("# EOF", page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(" # {", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scraper_of_OpenMetrics_gets_units_exemplars_and_an_end()
    {
        using var meter = new Meter("AiPlatform.Tests.Metrics");
        using var source = new ActivitySource("AiPlatform.Tests.Metrics");
        ActivityTraceId trace = default;
        await using var app = await TestApp.StartAsync(null, app => app.MapGet("/measure", () =>
        {
            trace = Activity.Current!.TraceId;
            Measure(meter);
        }));
        Assert.Equal(200, (await app.GetAsync("/measure")).Status);

        var page = await ScrapeAsync(app, "application/openmetrics-text; version=1.0.0; q=0.8, text/plain; q=0.3");
        Assert.Equal("application/openmetrics-text; version=1.0.0; charset=utf-8", page.Type);
        AssertLines(page.Text, "# TYPE aiplatform_tests_claimed counter", "# UNIT aiplatform_tests_wait_seconds seconds", "# TYPE target info");
        Assert.Matches($$"""(?m)^aiplatform_tests_claimed_total\{[^}]*\} 3 # \{trace_id="{{trace}}",span_id="[0-9a-f]{16}"\} 3 \d+\.\d{3}$""", page.Text);
        Assert.Matches($$"""(?m)^aiplatform_tests_wait_seconds_bucket\{[^}]*le="2"\} 2 # \{trace_id="{{trace}}",span_id="[0-9a-f]{16}"\} 1 \d""", page.Text);
        Assert.Matches($$"""(?m)^aiplatform_tests_wait_seconds_bucket\{[^}]*le="\+Inf"\} 3 # \{trace_id="{{trace}}",span_id="[0-9a-f]{16}"\} 10 \d""", page.Text);
        Assert.EndsWith("\n# EOF\n", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scrapers_at_once_get_whole_pages()
    {
        using var meter = new Meter("AiPlatform.Tests.Metrics");
        await using var app = await TestApp.StartAsync();
        Measure(meter);
        var pages = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => ScrapeAsync(app, i % 2 == 0 ? "*/*" : "application/openmetrics-text")));
        Assert.All(pages, page => Assert.Single(page.Text.Split('\n'), line => line.StartsWith("# TYPE aiplatform_tests_slots ", StringComparison.Ordinal)));
        Assert.Equal(10, pages.Count(page => page.Text.EndsWith("# EOF\n", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("aiplatform.queue.oldest.age", "s", true, "aiplatform_queue_oldest_age_seconds")]
    [InlineData("hw.gpu.memory.usage", "By", true, "hw_gpu_memory_usage_bytes")]
    [InlineData("hw.gpu.utilization", "1", true, "hw_gpu_utilization_ratio")]
    [InlineData("requests", "1", false, "requests")]
    [InlineData("aiplatform.job.finished", "{job}", false, "aiplatform_job_finished")]
    [InlineData("aiplatform.jobs_total", "{job}", false, "aiplatform_jobs")]
    [InlineData("wait.seconds", "s", false, "wait_seconds")]
    [InlineData("net.io", "By/s", true, "net_io_bytes_per_second")]
    [InlineData("tokens.rate", "{token}/s", true, "tokens_rate_per_second")]
    [InlineData("hw.temperature", "Cel", true, "hw_temperature_celsius")]
    [InlineData("3rd..odd name", "", true, "_3rd_odd_name")]
    public void Names_are_translated_as_OpenTelemetry_says(string instrument, string unit, bool isGauge, string expected) =>
        Assert.Equal(expected, PrometheusName.OfFamily(instrument, unit, isGauge));

    static void Measure(Meter meter)
    {
        meter.CreateCounter<long>("aiplatform.tests.claimed", "{job}", "Jobs that were claimed.\nSecond line.").Add(3, new KeyValuePair<string, object?>("profile", "a\"b\\c\nd"));
        var wait = meter.CreateHistogram("aiplatform.tests.wait", "s", "Of a claim.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.5, 2] });
        wait.Record(0.25);
        wait.Record(1);
        wait.Record(10);
        meter.CreateUpDownCounter<int>("aiplatform.tests.slots", "{slot}", "Slots.").Add(-2, new KeyValuePair<string, object?>("state", "busy"));
        meter.CreateObservableGauge("aiplatform.tests.usage", () => 0.25, "1", "Used.");
    }

    static async Task<(string Type, string Text)> ScrapeAsync(TestApp app, string accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.Accept.ParseAdd(accept);
        using var response = await app.Client.SendAsync(request, Ct);
        Assert.Equal(200, (int)response.StatusCode);
        return (response.Content.Headers.ContentType!.ToString(), await response.Content.ReadAsStringAsync(Ct));
    }

    static void AssertLines(string page, params string[] lines) => Assert.All(lines, line => Assert.Contains(line, page.Split('\n')));
}
