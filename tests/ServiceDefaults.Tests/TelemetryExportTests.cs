using System.Diagnostics;
using System.Diagnostics.Metrics;
using AiPlatform.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace AiPlatform.ServiceDefaults.Tests;

public sealed partial class TelemetryExportTests
{
    [Fact]
    public async Task Spans_metrics_and_logs_arrive_at_the_OTLP_endpoint_with_the_name_of_the_service()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        using var meter = new Meter("AiPlatform.Tests.Export");
        using var source = new ActivitySource("AiPlatform.Tests.Export");

        // Its end flushes what is still to be sent.
        await using (var app = await TestApp.StartAsync(
            null,
            app => app.MapGet("/jobs/{id}", (string id, ILogger<TelemetryExportTests> logger) =>
            {
                using var span = source.StartActivity("claim job");
                meter.CreateCounter<long>("aiplatform.tests.claimed", "{job}").Add(1);
                LogClaimed(logger, id);
            }),
            $"--OTEL_EXPORTER_OTLP_ENDPOINT={receiver.Url}",
            "--OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
            "--OTEL_SERVICE_NAME=telephony-worker",
            "--OTEL_RESOURCE_ATTRIBUTES=service.instance.id=replica-2"))
        {
            Assert.Equal(200, (await app.GetAsync("/jobs/7")).Status);
            Assert.Equal(200, (await app.GetAsync("/healthz")).Status);
        }

        AssertContains(receiver.Received("traces"), "telephony-worker", "replica-2", "GET /jobs/{id}", "claim job");
        AssertContains(
            receiver.Received("metrics"),
            "telephony-worker", "aiplatform.tests.claimed", "http.server.request.duration", "dotnet.gc.collections");
        AssertContains(receiver.Received("logs"), "telephony-worker", "Job 7 was claimed.");
        Assert.DoesNotContain("/healthz", receiver.Received("metrics"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("always_off", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false)]
    [InlineData("parentbased_always_on", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", false)]
    [InlineData("parentbased_always_off", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true)]
    public async Task The_sampler_of_the_environment_and_the_callers_decision_are_heeded(string sampler, string traceparent, bool isSampled)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        // A process of its own: in this one the listeners of other tests would have spans recorded.
        using var process = SampleProcess.Start(
            ("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.Url), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_TRACES_SAMPLER", sampler),
            ("ASPNETCORE_URLS", "http://127.0.0.1:0"));
        using var http = new HttpClient { BaseAddress = new Uri(await process.ListeningAsync()) };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/sampled") { Headers = { { "traceparent", traceparent } } };
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        await process.TerminateAsync();
        await process.EndAsync();

        Assert.Contains("http.server.request.duration", receiver.Received("metrics"), StringComparison.Ordinal);
        Assert.Equal(isSampled, receiver.Received("traces").Contains("/sampled", StringComparison.Ordinal));
    }

    static void AssertContains(string received, params string[] expected) =>
        Assert.All(expected, text => Assert.Contains(text, received, StringComparison.Ordinal));

    [LoggerMessage(1, LogLevel.Information, "Job {Id} was claimed.")]
    private static partial void LogClaimed(ILogger logger, string id);
}
