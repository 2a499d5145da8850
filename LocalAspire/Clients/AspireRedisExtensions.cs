using Aspire.StackExchange.Redis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using StackExchange.Redis;

namespace Microsoft.Extensions.Hosting;

/// <summary>The members of Aspire.StackExchange.Redis that this repository uses.</summary>
public static class AspireRedisExtensions
{
    /// <summary>
    /// Registers <see cref="IConnectionMultiplexer"/> for a connection string by name, with a health check. It connects when first asked for, and
    /// an unreachable server is no error then: the client goes on trying.
    /// </summary>
    public static void AddRedisClient(
        this IHostApplicationBuilder builder,
        string connectionName,
        Action<StackExchangeRedisSettings>? configureSettings = null,
        Action<ConfigurationOptions>? configureOptions = null)
    {
        var settings = new StackExchangeRedisSettings();
        builder.Configuration.GetSection("Aspire:StackExchange:Redis").Bind(settings);
        builder.Configuration.GetSection($"Aspire:StackExchange:Redis:{connectionName}").Bind(settings);
        settings.ConnectionString = builder.Configuration.GetConnectionString(connectionName) ?? settings.ConnectionString;
        configureSettings?.Invoke(settings);

        builder.Services.AddSingleton<IConnectionMultiplexer>(_ => Connect(settings, connectionName, configureOptions));
        if (!settings.DisableHealthChecks)
            builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(
                "StackExchange.Redis", services => new RedisHealthCheck(services.GetRequiredService<IConnectionMultiplexer>()), null, null));
    }

    static ConnectionMultiplexer Connect(StackExchangeRedisSettings settings, string connectionName, Action<ConfigurationOptions>? configure)
    {
        if (string.IsNullOrEmpty(settings.ConnectionString))
            throw new InvalidOperationException(
                $"ConnectionString is missing. It should be provided in 'ConnectionStrings:{connectionName}' or 'Aspire:StackExchange:Redis'.");

        var options = ConfigurationOptions.Parse(settings.ConnectionString);
        options.AbortOnConnectFail = false;
        configure?.Invoke(options);
        var connection = ConnectionMultiplexer.Connect(options);
        // Version 1.2.6 passes completions and messages on one after the other unless told otherwise; later versions never do.
        connection.PreserveAsyncOrder = false;
        return connection;
    }
}
