using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using OpenTelemetry.Trace;

namespace AiPlatform.ServiceDefaults.Tests;

public sealed class RequestSpansTests
{
    [Theory]
    [InlineData("GET", "/jobs/7?token=geheim", "Server GET /jobs/{id} Unset method=GET status=200 route=/jobs/{id} path=/jobs/7")]
    [InlineData("GET", "/nowhere", "Server GET Unset method=GET status=404 path=/nowhere")]
    [InlineData("BREW", "/nowhere", "Server HTTP Unset method=_OTHER status=404 path=/nowhere")]
    [InlineData("GET", "/down", "Server GET /down Error error.type=503 method=GET status=503 route=/down path=/down")]
    [InlineData("GET", "/defect", "Server GET /defect Error error.type=500 method=GET status=500 route=/defect path=/defect")]
    public async Task A_request_leaves_a_span_by_the_conventions(string method, string path, string expected)
    {
        Assert.Equal([InFull(expected)], await SpansOfAsync(app => app.UseExceptionHandler(), (method, path)));
    }

    [Fact]
    public async Task An_exception_that_nobody_handles_is_a_500_with_its_type()
    {
        var spans = await SpansOfAsync(_ => { }, ("GET", "/defect"));

        Assert.Equal(
            [InFull("Server GET /defect Error error.type=System.InvalidOperationException method=GET status=500 route=/defect path=/defect")],
            spans);
    }

    [Fact]
    public async Task Probes_leave_no_spans_and_neither_does_what_they_do()
    {
        Assert.Empty(await SpansOfAsync(_ => { }, ("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/metrics")));
    }

    static string InFull(string span) => span
        .Replace(" method=", " http.request.method=", StringComparison.Ordinal)
        .Replace(" status=", " http.response.status_code=", StringComparison.Ordinal)
        .Replace(" route=", " http.route=", StringComparison.Ordinal)
        .Replace(" path=", " url.path=", StringComparison.Ordinal) + " url.scheme=http";

    static async Task<IReadOnlyList<string>> SpansOfAsync(Action<WebApplication> map, params (string Method, string Path)[] requests)
    {
        var trace = ActivityTraceId.CreateRandom();
        using var spans = new RecordedSpans(trace);
        using var source = new ActivitySource("AiPlatform.Tests.Probes");
        await using (var app = await TestApp.StartAsync(
            builder => builder.Services.ConfigureOpenTelemetryTracerProvider(tracing => tracing.AddProcessor(spans)),
            app =>
            {
                map(app);
                app.MapGet("/jobs/{id}", (string id) => id);
                app.MapGet("/down", () => TypedResults.StatusCode(StatusCodes.Status503ServiceUnavailable));
                app.MapGet("/defect", string () => throw new InvalidOperationException("defect"));
                app.MapGet("/metrics", () => source.StartActivity("inside a probe")?.Dispose());
            }))
        {
            // Without a span of its own, which would be in the trace as well.
            using var client = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null }) { BaseAddress = app.Client.BaseAddress };
            foreach (var (method, path) in requests)
            {
                using var request = new HttpRequestMessage(new HttpMethod(method), path);
                request.Headers.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01");
                using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
            }
        }
        return spans.Described;
    }
}
