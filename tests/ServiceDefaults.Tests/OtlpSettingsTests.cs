using AiPlatform.ServiceDefaults.Startup;
using AiPlatform.ServiceDefaults.Telemetry;
using Microsoft.Extensions.Configuration;

namespace AiPlatform.ServiceDefaults.Tests;

public sealed class OtlpSettingsTests
{
    const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4317";

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=collector:4317", "OTEL_EXPORTER_OTLP_ENDPOINT is 'collector:4317': an http or https address is expected.")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=grpc://me:pw@collector?key=1", "OTEL_EXPORTER_OTLP_ENDPOINT is 'grpc://***@collector?***': an http or https address is expected.")]
    [InlineData("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT=/v1/logs", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT is '/v1/logs': an http or https address is expected.")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL=http/json", "OTEL_EXPORTER_OTLP_PROTOCOL is 'http/json': one of grpc, http/protobuf is expected.")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT=10s", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT is '10s': a whole number of milliseconds is expected.")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS=only-a-key-of-mine", "OTEL_EXPORTER_OTLP_HEADERS is not valid: name=value, or several of them with commas between, is expected.")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS=a=b,,c=d", "OTEL_EXPORTER_OTLP_HEADERS is not valid: name=value, or several of them with commas between, is expected.")]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_HEADERS=x y=z", "OTEL_EXPORTER_OTLP_METRICS_HEADERS is not valid: name=value, or several of them with commas between, is expected.")]
    public void What_the_exporter_cannot_read_stops_the_start_with_the_other_settings(string setting, string reason)
    {
        using var app = TestApp.Build(builder => builder.AddSettings<RuledOptions>(), $"--{Endpoint}", $"--{setting}", "--R_URL=x", "--R_NAME=");
        var failure = Assert.ThrowsAny<Exception>(() => app.MapDefaultEndpoints());
        Assert.Contains(reason, StartupFailure.Explain(failure, "Sample"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS=api-key=a=b%20c,x-other=")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS=api-key=1,")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=https://collector.example:4318/v1/traces")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL=grpc")]
    [InlineData("OTEL_EXPORTER_OTLP_TIMEOUT= 5000 ")]
    [InlineData("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL=")]
    public void What_it_can_read_is_let_through(string setting)
    {
        using var app = TestApp.Build(null, $"--{Endpoint}", $"--{setting}");
        app.MapDefaultEndpoints();
    }

    [Fact]
    public void Without_an_endpoint_nothing_is_exported_and_nothing_is_looked_at() =>
        Assert.Empty(OtlpSettings.Faults(new ConfigurationBuilder().AddInMemoryCollection([new("OTEL_EXPORTER_OTLP_HEADERS", "x")]).Build()));
}
