using Aspire;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using OpenTelemetry;

namespace Microsoft.Extensions.Hosting;

/// <summary>The member of Aspire.Npgsql that this repository uses.</summary>
public static class AspirePostgreSqlNpgsqlExtensions
{
    /// <summary>
    /// Registers <see cref="NpgsqlDataSource"/> for a connection string by name, with health check, traces and metrics. The connection string is
    /// looked at when the data source is first asked for, so a missing one fails there and not here.
    /// </summary>
    public static void AddNpgsqlDataSource(
        this IHostApplicationBuilder builder, string connectionName, Action<NpgsqlDataSourceBuilder>? configureDataSourceBuilder = null)
    {
        var connectionString = builder.Configuration.GetConnectionString(connectionName);
        builder.Services.AddSingleton(services => Connect(
            connectionName, connectionString, services.GetService<ILoggerFactory>(), configureDataSourceBuilder));
        ConnectionHealthCheck.Add<NpgsqlDataSource>(builder.Services, "PostgreSql", async (dataSource, cancellationToken) =>
        {
            await using var command = dataSource.CreateCommand("SELECT 1");
            await command.ExecuteScalarAsync(cancellationToken);
        });
        builder.Services.AddOpenTelemetry()
            .WithTracing(tracing => tracing.AddSource("Npgsql"))
            .WithMetrics(metrics => metrics.AddMeter("Npgsql"));
    }

    static NpgsqlDataSource Connect(
        string connectionName, string? connectionString, ILoggerFactory? loggerFactory, Action<NpgsqlDataSourceBuilder>? configure)
    {
        if (string.IsNullOrEmpty(connectionString))
            throw new InvalidOperationException($"ConnectionString is missing. It should be provided in 'ConnectionStrings:{connectionName}'.");
        var source = new NpgsqlDataSourceBuilder(connectionString).UseLoggerFactory(loggerFactory);
        configure?.Invoke(source);
        return source.Build();
    }
}
