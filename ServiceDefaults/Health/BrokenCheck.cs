using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AiPlatform.ServiceDefaults.Health;

/// <summary>Stands for a check whose dependency could not even be constructed, such as a client without a connection string.</summary>
sealed class BrokenCheck(Exception fault) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken) =>
        Task.FromResult(new HealthCheckResult(context.Registration.FailureStatus, fault.Message, fault));
}
