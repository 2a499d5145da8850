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

    static void AssertContains(string received, params string[] expected) =>
        Assert.All(expected, text => Assert.Contains(text, received, StringComparison.Ordinal));

    [LoggerMessage(1, LogLevel.Information, "Job {Id} was claimed.")]
    private static partial void LogClaimed(ILogger logger, string id);
}
