using AiPlatform.Jobs;
using AiPlatform.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace AiPlatform.Api.Tests;

/// <summary>The queue without an API: for tests in which only API processes, which are killed, may do what an API does.</summary>
sealed class QueueOnly : IAsyncDisposable
{
    readonly IHost _host;

    QueueOnly(IHost host, string schema) => (_host, Schema) = (host, schema);

    public string Schema { get; }

    public JobQueue Queue => _host.Services.GetRequiredService<JobQueue>();

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static async Task<QueueOnly> StartAsync(Stores stores)
    {
        var schema = await RunningApi.NewSchemaAsync(stores);
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(RunningApi.Settings(stores, schema));
        builder.AddJobConnections();
        builder.AddNpgsqlDataSource("jobs");
        builder.AddRedisClient("redis");
        builder.AddJobs().AddJobMaintenance();
        builder.Services.AddMetrics();
        builder.Services.Configure<JobsOptions>(options => (options.KeyPrefix, options.RedisTimeout) = (schema, TimeSpan.FromSeconds(30)));
        var host = builder.Build();
        await host.StartAsync(Ct);
        return new QueueOnly(host, schema);
    }

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = _host.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(Ct))!;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(CancellationToken.None);
        _host.Dispose();
    }
}
