using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace AiPlatform.Jobs.Store;

/// <summary>One connection beside the pools, for what must be seen soon however many statements of callers are under way: who may call no longer. It is opened with its
/// first use, and by processes that ask for that alone.</summary>
sealed class ReservedConnection : IAsyncDisposable, IDisposable
{
    public ReservedConnection(IConfiguration configuration, ILoggerFactory loggers)
    {
        var settings = new NpgsqlConnectionStringBuilder(configuration.GetConnectionString("jobs")) { MinPoolSize = 0, MaxPoolSize = 1 };
        Source = new NpgsqlDataSourceBuilder(settings.ConnectionString) { Name = "jobs-reserved" }.UseLoggerFactory(loggers).Build();
    }

    public NpgsqlDataSource Source { get; }

    public ValueTask DisposeAsync() => Source.DisposeAsync();

    public void Dispose() => Source.Dispose();
}
