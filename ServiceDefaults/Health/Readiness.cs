using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AiPlatform.ServiceDefaults.Health;

/// <summary>Says whether this process should be sent work, and logs each change of the answer once.</summary>
sealed partial class Readiness(HealthCheckService checks, IHostApplicationLifetime lifetime, ILogger<Readiness> logger)
{
    /// <summary>Tag of a health check whose failure only degrades the process.</summary>
    public const string Degradable = "degradable";

    // The Aspire package of Redis gives its check no tag, so it is known by name: without Redis, jobs flow from Postgres alone.
    const string RedisCheck = "StackExchange.Redis";

    readonly Lock _gate = new();
    string _lastStatus = ReadinessReport.Ready;

    public async Task<ReadinessReport> ReportAsync(CancellationToken cancellationToken)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
            return new ReadinessReport(ReadinessReport.Unavailable, new SortedDictionary<string, string> { ["process"] = "stopping" });

        var health = await checks.CheckHealthAsync(cancellationToken);
        var report = ReadinessReport.Of(health.Entries.ToDictionary(entry => entry.Key, entry => StatusOf(entry.Key, entry.Value)));
        LogChange(report, health);
        return report;
    }

    static string StatusOf(string name, HealthReportEntry entry) => entry.Status switch
    {
        HealthStatus.Healthy => ReadinessReport.Ready,
        HealthStatus.Degraded => ReadinessReport.Degraded,
        _ => name == RedisCheck || entry.Tags.Contains(Degradable) ? ReadinessReport.Degraded : ReadinessReport.Unavailable,
    };

    void LogChange(ReadinessReport report, HealthReport health)
    {
        lock (_gate)
        {
            if (report.Status == _lastStatus)
                return;
            _lastStatus = report.Status;
        }

        if (report.Status == ReadinessReport.Ready)
            LogReady(logger);
        else
            LogNotReady(logger, report.Status, string.Join("; ", health.Entries
                .Where(entry => entry.Value.Status != HealthStatus.Healthy)
                .Select(entry => $"{entry.Key}: {entry.Value.Description ?? entry.Value.Status.ToString()}")));
    }

    [LoggerMessage(9001, LogLevel.Information, "This process is ready again.")]
    private static partial void LogReady(ILogger logger);

    [LoggerMessage(9002, LogLevel.Warning, "This process is {Status}: {Reasons}")]
    private static partial void LogNotReady(ILogger logger, string status, string reasons);
}
