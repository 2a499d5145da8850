using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AiPlatform.WorkerRuntime.Providers;

/// <summary>Degraded where jobs would fail for want of a provider. Never worse: another copy of this worker would find the same.</summary>
sealed class ProviderHealthCheck(ProviderSet providers) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
    {
        var lost = providers.Reports().Where(report => report.Reachable == false).Select(report => $"{report.Name} at {report.Endpoint}").ToList();
        return Task.FromResult((providers.Connections.Count, lost.Count) switch
        {
            (0, _) => HealthCheckResult.Degraded($"No {providers.Kind} provider is configured."),
            (_, > 0) => HealthCheckResult.Degraded($"{string.Join(" and ", lost)} cannot be reached."),
            _ => HealthCheckResult.Healthy(),
        });
    }
}
