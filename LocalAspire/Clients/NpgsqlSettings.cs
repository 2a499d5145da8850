namespace Aspire.Npgsql;

/// <summary>What <c>AddNpgsqlDataSource</c> reads from <c>Aspire:Npgsql</c> and <c>ConnectionStrings</c>.</summary>
public sealed class NpgsqlSettings
{
    /// <summary>The Npgsql connection string; <c>ConnectionStrings:{name}</c> wins over <c>Aspire:Npgsql:ConnectionString</c>.</summary>
    public string? ConnectionString { get; set; }

    /// <value>Default false: the health check "PostgreSql" is registered.</value>
    public bool DisableHealthChecks { get; set; }

    /// <value>Default false: spans of the source "Npgsql" are recorded.</value>
    public bool DisableTracing { get; set; }

    /// <value>Default false: metrics of the meter "Npgsql" are recorded.</value>
    public bool DisableMetrics { get; set; }
}
