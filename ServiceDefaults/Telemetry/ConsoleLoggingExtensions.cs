using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AiPlatform.ServiceDefaults.Telemetry;

static class ConsoleLoggingExtensions
{
    static readonly KeyValuePair<string, string?>[] QuietByDefault =
    [
        new("Logging:LogLevel:Default", "Information"),
        // Several lines for each request, also those of probes; spans and metrics tell the same.
        new("Logging:LogLevel:Microsoft.AspNetCore", "Warning"),
        // A stack trace for every request whose time is over; who answers it says so in a line.
        new("Logging:LogLevel:Microsoft.AspNetCore.Http.Timeouts", "Error"),
        new("Logging:LogLevel:System.Net.Http.HttpClient", "Warning"),
        // The text of every statement.
        new("Logging:LogLevel:Npgsql", "Warning"),
        // A stack trace for every probe while a dependency is down; Readiness logs each change once.
        new("Logging:LogLevel:Microsoft.Extensions.Diagnostics.HealthChecks", "None"),
    ];

    /// <summary>
    /// One short line per event for a person at a terminal; JSON for a machine that collects. The usual <c>Logging:…</c> settings win.
    /// </summary>
    public static void AddConsoleLogging(this IHostApplicationBuilder builder)
    {
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = QuietByDefault });

        // Aspire chooses the formatter of the processes it starts.
        if (!string.IsNullOrEmpty(builder.Configuration["Logging:Console:FormatterName"]))
            return;

        if (builder.Environment.IsDevelopment())
            builder.Logging.AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.TimestampFormat = "HH:mm:ss.fff ";
            });
        else
            builder.Logging.AddJsonConsole(console =>
            {
                console.IncludeScopes = true;
                console.UseUtcTimestamp = true;
                console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";
            });
    }
}
