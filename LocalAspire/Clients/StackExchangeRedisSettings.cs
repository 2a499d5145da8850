namespace Aspire.StackExchange.Redis;

/// <summary>What <c>AddRedisClient</c> reads from <c>Aspire:StackExchange:Redis</c> and <c>ConnectionStrings</c>.</summary>
public sealed class StackExchangeRedisSettings
{
    /// <summary>The connection string; <c>ConnectionStrings:{name}</c> wins over <c>Aspire:StackExchange:Redis:ConnectionString</c>.</summary>
    public string? ConnectionString { get; set; }

    /// <value>Default false: the health check "StackExchange.Redis" is registered.</value>
    public bool DisableHealthChecks { get; set; }
}
