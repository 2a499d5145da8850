using System.Reflection;
using AiPlatform.ServiceDefaults.Prometheus;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace AiPlatform.ServiceDefaults.Telemetry;

static class TelemetryExtensions
{
    // "Npgsql" is also added by AddNpgsqlDataSource; a process without it pays nothing for the name.
    static readonly string[] Sources = ["AiPlatform.*", "Microsoft.AspNetCore", "System.Net.Http", "Npgsql"];

    static readonly string[] Meters =
    [
        "AiPlatform.*",
        "Microsoft.AspNetCore.Hosting",
        "Microsoft.AspNetCore.Server.Kestrel",
        "Microsoft.AspNetCore.Diagnostics",
        "Microsoft.AspNetCore.RateLimiting",
        "System.Net.Http",
        "System.Runtime",
        "Npgsql",
    ];

    public static void AddTelemetry(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IStartupFilter, RequestSpans>();
        builder.Services.AddSingleton<ScrapeReader>();

        // Traces and metrics are on without an exporter too: the trace id travels with each job and stands in its log lines.
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => Describe(resource, builder.Environment))
            .WithTracing(tracing => tracing.AddSource(Sources))
            .WithMetrics(metrics => metrics.AddMeter(Meters)
                .SetExemplarFilter(ExemplarFilterType.TraceBased)
                .AddReader(services => services.GetRequiredService<ScrapeReader>()));

        var faults = OtlpSettings.Faults(builder.Configuration);
        foreach (var fault in faults)
            builder.Services.AddOptions<Exporting>().Validate(_ => false, fault).ValidateOnStart();
        if (faults.Count > 0 || string.IsNullOrWhiteSpace(builder.Configuration[OtlpSettings.Endpoint]))
            return;

        telemetry.WithLogging(null, logs =>
        {
            logs.IncludeFormattedMessage = true;
            logs.IncludeScopes = true;
        });
        telemetry.UseOtlpExporter();
    }

    static void Describe(ResourceBuilder resource, IHostEnvironment environment)
    {
        var version = Assembly.GetEntryAssembly()?.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;

        // Later detectors win: OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES, which Aspire sets for each replica, come last.
        resource.Clear()
            .AddTelemetrySdk()
            .AddService(environment.ApplicationName, serviceNamespace: "AiPlatform", serviceVersion: version)
            .AddAttributes([new("deployment.environment.name", environment.EnvironmentName)])
            .AddEnvironmentVariableDetector();
    }

    /// <summary>Stands for the settings of the exporter, which has options of its own, where they are validated.</summary>
    sealed class Exporting;
}
