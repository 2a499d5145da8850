using Aspire.Hosting;
using Aspire.Hosting.Testing;
using Xunit;

namespace AiPlatform.Testing;

/// <summary>
/// A private Postgres and a private Redis. As an assembly fixture one pair serves all test classes, which keep apart by schema and key
/// prefix; a test that stops or kills a server starts a pair of its own with <see cref="StartAsync"/>.
/// <c>TEST_DATABASE_URL</c> and <c>TEST_REDIS_URL</c> name servers to use instead.
/// </summary>
public sealed class Stores : IAsyncLifetime
{
    static readonly TimeSpan _startLimit = TimeSpan.FromMinutes(2);

    DistributedApplication? _application;
    string? _missing;
    string? _connectionString;
    string? _redisConnectionString;
    StoreServer? _postgres;
    StoreServer? _redis;

    /// <summary>The database <c>jobs</c>. Skips the calling test where there is no server to run, except on CI.</summary>
    public string ConnectionString => Available(_connectionString);

    public string RedisConnectionString => Available(_redisConnectionString);

    public StoreServer Postgres => Available(_postgres);

    public StoreServer Redis => Available(_redis);

    bool SyncsToDisk { get; init; }

    /// <summary>A pair for one test alone; dispose it.</summary>
    /// <param name="syncsToDisk">Whether Postgres waits for the disk, as it does unless told otherwise. Without that whatever is committed outlives every
    /// death of the server, though not of the machine; and whoever drops a database does not wait until the files of all tests are on the disk.</param>
    public static async Task<Stores> StartAsync(CancellationToken cancellationToken, bool syncsToDisk = false)
    {
        var stores = new Stores { SyncsToDisk = syncsToDisk };
        try
        {
            await stores.StartServersAsync(cancellationToken);
            return stores;
        }
        catch
        {
            await stores.DisposeAsync();
            throw;
        }
    }

    public async ValueTask InitializeAsync()
    {
        var databaseUrl = Environment.GetEnvironmentVariable("TEST_DATABASE_URL");
        var redisUrl = Environment.GetEnvironmentVariable("TEST_REDIS_URL");
        if (string.IsNullOrEmpty(databaseUrl) || string.IsNullOrEmpty(redisUrl))
        {
            await StartServersAsync(TestContext.Current.CancellationToken);
            return;
        }
        _connectionString = StoreUrl.ToNpgsql(databaseUrl);
        _redisConnectionString = StoreUrl.ToStackExchange(redisUrl);
    }

    public async ValueTask DisposeAsync()
    {
        if (_application is not null)
            await _application.DisposeAsync();
    }

    async Task StartServersAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_startLimit);

        var builder = DistributedApplicationTestingBuilder.Create();
        var postgres = builder.AddPostgres("postgres").WithArgs("-c", $"fsync={(SyncsToDisk ? "on" : "off")}");
        postgres.AddDatabase("jobs");
        var redis = builder.AddRedis("redis");
        _application = builder.Build();
        try
        {
            await _application.StartAsync(limit.Token);
            await _application.ResourceNotifications.WaitForResourceHealthyAsync("jobs", limit.Token);
            await _application.ResourceNotifications.WaitForResourceHealthyAsync("redis", limit.Token);
        }
        catch (DistributedApplicationException exception)
            when (MissingServer.Explains(exception) && Environment.GetEnvironmentVariable("CI") != "true")
        {
            _missing = exception.Message;
            return;
        }
        _connectionString = await _application.GetConnectionStringAsync("jobs", limit.Token);
        _redisConnectionString = await _application.GetConnectionStringAsync("redis", limit.Token);
        _postgres = new StoreServer(_application, postgres.Resource.Name);
        _redis = new StoreServer(_application, redis.Resource.Name);
    }

    T Available<T>(T? value) where T : class
    {
        if (_missing is not null)
            Assert.Skip(_missing);
        return value ?? throw new InvalidOperationException(
            "Not available: the fixture was not initialized, or a test asked to stop a server that TEST_DATABASE_URL or TEST_REDIS_URL names.");
    }
}
