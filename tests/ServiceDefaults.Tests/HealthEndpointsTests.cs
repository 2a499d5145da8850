using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace AiPlatform.ServiceDefaults.Tests;

public sealed class HealthEndpointsTests
{
    // Nothing listens on port 1.
    const string NoPostgres = "--ConnectionStrings:jobs=Host=127.0.0.1;Port=1;Username=u;Password=geheim;Timeout=2";
    const string NoRedis = "--ConnectionStrings:redis=127.0.0.1:1,password=geheim,connectTimeout=500,syncTimeout=500";

    [Fact]
    public async Task A_process_without_dependencies_lives_and_is_ready()
    {
        await using var app = await TestApp.StartAsync();

        Assert.Equal((200, """{"status":"ok"}"""), await app.GetAsync("/healthz"));
        Assert.Equal((200, """{"status":"ready","checks":{}}"""), await app.GetAsync("/readyz"));
    }

    [Theory]
    [InlineData("Development")]
    [InlineData("Production")]
    public async Task Probes_are_there_in_every_environment(string environment)
    {
        await using var app = await TestApp.StartAsync(args: $"--environment={environment}");

        Assert.Equal((200, """{"status":"ready","checks":{}}"""), await app.GetAsync("/readyz"));
    }

    [Fact]
    public async Task A_failed_dependency_makes_the_process_unavailable_but_alive()
    {
        await using var app = await TestApp.StartAsync(builder => AddCheck(builder, "disk", HealthStatus.Unhealthy));

        Assert.Equal((503, """{"status":"unavailable","checks":{"disk":"unavailable"}}"""), await app.GetAsync("/readyz"));
        Assert.Equal((200, """{"status":"ok"}"""), await app.GetAsync("/healthz"));
    }

    [Theory]
    [InlineData(HealthStatus.Degraded)]
    [InlineData(HealthStatus.Unhealthy)]
    public async Task A_degradable_dependency_only_degrades(HealthStatus status)
    {
        await using var app = await TestApp.StartAsync(builder =>
        {
            AddCheck(builder, "disk", HealthStatus.Healthy);
            AddCheck(builder, "cache", status, "degradable");
        });

        Assert.Equal((200, """{"status":"degraded","checks":{"cache":"degraded","disk":"ready"}}"""), await app.GetAsync("/readyz"));
    }

    [Fact]
    public async Task Without_Redis_the_process_is_degraded_and_without_Postgres_unavailable()
    {
        await using var withoutRedis = await TestApp.StartAsync(builder => builder.AddRedisClient("redis"), args: NoRedis);
        await using var withoutPostgres = await TestApp.StartAsync(builder => builder.AddNpgsqlDataSource("jobs"), args: NoPostgres);

        Assert.Equal((200, """{"status":"degraded","checks":{"StackExchange.Redis":"degraded"}}"""), await withoutRedis.GetAsync("/readyz"));
        Assert.Equal((503, """{"status":"unavailable","checks":{"PostgreSql":"unavailable"}}"""), await withoutPostgres.GetAsync("/readyz"));
    }

    [Fact]
    public async Task A_missing_connection_string_fails_the_probe_and_not_the_registration()
    {
        await using var app = await TestApp.StartAsync(builder => builder.AddNpgsqlDataSource("absent"));

        Assert.Equal((503, """{"status":"unavailable","checks":{"PostgreSql":"unavailable"}}"""), await app.GetAsync("/readyz"));
    }

    [Fact]
    public async Task A_stopping_process_is_alive_and_takes_no_more_work()
    {
        await using var app = await TestApp.StartAsync();

        app.App.Lifetime.StopApplication();

        Assert.Equal((503, """{"status":"unavailable","checks":{"process":"stopping"}}"""), await app.GetAsync("/readyz"));
        Assert.Equal((200, """{"status":"ok"}"""), await app.GetAsync("/healthz"));
    }

    static void AddCheck(WebApplicationBuilder builder, string name, HealthStatus status, params string[] tags) =>
        builder.Services.AddHealthChecks().AddCheck(name, () => new HealthCheckResult(status), tags);
}
