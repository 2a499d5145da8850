using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AiPlatform.LlmWorker.Providers;

/// <summary>Degraded where jobs would fail for want of a provider. Never worse: another copy of this worker would find the same.</summary>
sealed class ProviderHealthCheck(ActiveProvider active) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
    {
        var report = active.State.Report();
        return Task.FromResult(report switch
        {
            { Configured: false } => HealthCheckResult.Degraded("No model provider is configured."),
            { Reachable: false } => HealthCheckResult.Degraded($"{report.Name} at {report.Endpoint} is not reachable."),
            _ => HealthCheckResult.Healthy(),
        });
    }
}
