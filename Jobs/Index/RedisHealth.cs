using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AiPlatform.Jobs.Index;

/// <summary>Whether the queue reaches Redis. The client's own check asks on the connection of the process only, which may have been replaced.</summary>
sealed class RedisHealth(RedisLink link, RedisTrust? trust = null) : IHealthCheck
{
    /// <summary>The check that <c>AddRedisClient</c> adds, and that this one stands in for.</summary>
    public const string Name = "StackExchange.Redis";

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
    {
        var (done, _) = await link.TryAsync(redis => redis.PingAsync(), writes: false);
        return done ? HealthCheckResult.Healthy() : new HealthCheckResult(context.Registration.FailureStatus, string.Join(' ', ["Redis is away.", .. trust?.Refusal is { } refusal ? [refusal] : Array.Empty<string>()]));
    }
}
