using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace AiPlatform.Jobs.Store;

/// <summary>Connections whose sessions plan every statement by index and once for all. The planner's statistics of a queue are wrong by nature:
/// a table that was empty at the last look may hold a million rows, and the other way round; with such statistics it reads whole tables,
/// which cost five to ten times the throughput in measurements. For statements that find a few rows by primary key there is only one good plan.</summary>
sealed class PinnedPlans : IAsyncDisposable, IDisposable
{
    /// <summary>A few less than all batchers together could use, which are never all busy in one process. Who finds none free waits for
    /// milliseconds.</summary>
    const int MostConnections = 12;

    const string Settings =
        "-c enable_seqscan=off -c enable_bitmapscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off -c plan_cache_mode=force_generic_plan";

    public PinnedPlans(IConfiguration configuration, ILoggerFactory loggers)
    {
        var settings = new NpgsqlConnectionStringBuilder(configuration.GetConnectionString("jobs"));
        settings.Options = $"{settings.Options} {Settings}".Trim();
        settings.MaxPoolSize = Math.Min(settings.MaxPoolSize, MostConnections);
        // What runs here changes nothing of its session, so there is nothing to reset: that takes seven statements to parse, before each of ours.
        settings.NoResetOnClose = true;
        Source = new NpgsqlDataSourceBuilder(settings.ConnectionString) { Name = "jobs-pinned" }.UseLoggerFactory(loggers).Build();
    }

    public NpgsqlDataSource Source { get; }

    public ValueTask DisposeAsync() => Source.DisposeAsync();

    public void Dispose() => Source.Dispose();
}
