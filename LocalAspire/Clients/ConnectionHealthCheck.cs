using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire;

/// <summary>Healthy when the server answers. What goes wrong is reported by the health check service itself, with its message.</summary>
sealed class ConnectionHealthCheck(Func<CancellationToken, Task> ask) : IHealthCheck
{
    public static void Add<T>(IServiceCollection services, string name, Func<T, CancellationToken, Task> ask) where T : notnull =>
        services.AddHealthChecks().Add(new HealthCheckRegistration(
            name,
            provider => new ConnectionHealthCheck(cancellationToken => ask(provider.GetRequiredService<T>(), cancellationToken)),
            failureStatus: null,
            tags: null));

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
    {
        await ask(cancellationToken);
        return HealthCheckResult.Healthy();
    }
}
