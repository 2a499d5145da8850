using AiPlatform.Testing;
using Npgsql;
using StackExchange.Redis;

namespace AiPlatform.LocalAspire.Tests;

public sealed class StoresTests(Stores shared)
{
    static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_shared_pair_answers()
    {
        Assert.Equal("jobs", await ScalarAsync(shared.ConnectionString, "select current_database()"));

        await using var redis = new RedisConnection(shared.RedisConnectionString);
        Assert.True(await redis.Database.StringSetAsync("stores-tests:key", "value"));
        Assert.Equal("value", await redis.Database.StringGetAsync("stores-tests:key"));
    }

    [Fact]
    public async Task A_killed_postgres_comes_back_at_the_same_address_with_what_was_committed()
    {
        await using var own = await Stores.StartAsync(Cancelled);
        Assert.Equal("off", await ScalarAsync(own.ConnectionString, "show fsync"));
        await ScalarAsync(own.ConnectionString, "create table kept as select 42 as answer");

        await own.Postgres.KillAsync(Cancelled);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => ScalarAsync(own.ConnectionString, "select 1"));
        await own.Postgres.StartAsync(Cancelled);

        Assert.Equal(42, await ScalarAsync(own.ConnectionString, "select answer from kept"));
    }

    [Fact]
    public async Task A_stopped_redis_comes_back_at_the_same_address_and_empty()
    {
        await using var own = await Stores.StartAsync(Cancelled);
        await using (var before = new RedisConnection(own.RedisConnectionString))
            await before.Database.StringSetAsync("key", "value");

        await own.Redis.StopAsync(Cancelled);
        await own.Redis.StartAsync(Cancelled);

        await using var after = new RedisConnection(own.RedisConnectionString);
        Assert.False(await after.Database.KeyExistsAsync("key"));
    }

    static async Task<object?> ScalarAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection($"{connectionString};Pooling=false");
        await connection.OpenAsync(Cancelled);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Cancelled);
    }

    sealed class RedisConnection(string connectionString) : IAsyncDisposable
    {
        readonly ConnectionMultiplexer _multiplexer = ConnectionMultiplexer.Connect(connectionString);

        public IDatabase Database => _multiplexer.GetDatabase();

        public async ValueTask DisposeAsync() => await _multiplexer.CloseAsync();
    }
}
