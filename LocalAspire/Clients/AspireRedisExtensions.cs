using Aspire;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace Microsoft.Extensions.Hosting;

/// <summary>The member of Aspire.StackExchange.Redis that this repository uses.</summary>
public static class AspireRedisExtensions
{
    /// <summary>
    /// Registers <see cref="IConnectionMultiplexer"/> for a connection string by name, with a health check. It connects when first asked for, and
    /// an unreachable server is no error then: the client goes on trying.
    /// </summary>
    public static void AddRedisClient(this IHostApplicationBuilder builder, string connectionName, Action<ConfigurationOptions>? configureOptions = null)
    {
        var connectionString = builder.Configuration.GetConnectionString(connectionName);
        builder.Services.AddSingleton<IConnectionMultiplexer>(_ => Connect(connectionName, connectionString, configureOptions));
        ConnectionHealthCheck.Add<IConnectionMultiplexer>(
            builder.Services, "StackExchange.Redis", (redis, cancellationToken) => redis.GetDatabase().PingAsync().WaitAsync(cancellationToken));
    }

    static ConnectionMultiplexer Connect(string connectionName, string? connectionString, Action<ConfigurationOptions>? configure)
    {
        if (string.IsNullOrEmpty(connectionString))
            throw new InvalidOperationException($"ConnectionString is missing. It should be provided in 'ConnectionStrings:{connectionName}'.");
        var options = ConfigurationOptions.Parse(connectionString);
        options.AbortOnConnectFail = false;
        configure?.Invoke(options);
        var connection = ConnectionMultiplexer.Connect(options);
        // Version 1.2.6 passes completions and messages on one after the other unless told otherwise; later versions never do.
        connection.PreserveAsyncOrder = false;
        return connection;
    }
}
