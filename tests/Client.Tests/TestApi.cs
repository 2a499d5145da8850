using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Testing;
using Npgsql;

namespace AiPlatform.Client.Tests;

/// <summary>Processes of the system, each on a schema and a key prefix of a test, and clients for them.</summary>
static class TestApi
{
    /// <summary>In the form of a generated one: neighbours that try wrong ones do not lock it out.</summary>
    public const string Token = "aip_client-tests-000000000000000000000000000000";

    public static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static async Task<string> NewSchemaAsync(Stores stores)
    {
        var schema = $"t_{Guid.NewGuid():N}";
        await ExecuteAsync(stores, $"create schema {schema}");
        return schema;
    }

    public static async Task<object?> ExecuteAsync(Stores stores, string sql)
    {
        await using var source = NpgsqlDataSource.Create(stores.ConnectionString);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync(Ct);
    }

    /// <summary>How many jobs there are in a schema.</summary>
    public static async Task<long> CountAsync(Stores stores, string schema) => (long)(await ExecuteAsync(stores, $"select count(*) from {schema}.job"))!;

    /// <param name="port">That of an API which was killed; 0 for a free one.</param>
    public static Task<ServiceProcess> StartAsync(Stores stores, string schema, int port = 0, params (string Name, string Value)[] settings) =>
        StartProcessAsync("Api", stores, schema, [("ASPNETCORE_URLS", $"http://127.0.0.1:{port}"), ("AI_SERVICE_TOKEN", Token), .. settings]);

    public static Task<ServiceProcess> StartProcessAsync(string project, Stores stores, string schema, params (string Name, string Value)[] settings)
    {
        var environment = new Dictionary<string, string?>
        {
            ["ConnectionStrings__jobs"] = $"{stores.ConnectionString};Search Path={schema};Maximum Pool Size=10",
            ["ConnectionStrings__redis"] = stores.RedisConnectionString,
            ["REDIS_KEY_PREFIX"] = schema,
            ["REDIS_TIMEOUT"] = "30s",
            ["JOB_RETRY_DELAY"] = "20ms",
        };
        foreach (var (name, value) in settings)
            environment[name] = value;
        return ServiceProcess.StartAsync(project, environment, Ct);
    }

    public static Uri AddressOf(ServiceProcess api) => api.Http.BaseAddress!;

    public static AiPlatformClientOptions Options(Uri address, Action<AiPlatformClientOptions>? change = null)
    {
        var options = new AiPlatformClientOptions { BaseAddress = address, Token = Token };
        change?.Invoke(options);
        return options;
    }

    public static CreateJob Job(string taskType) =>
        new() { OwnerService = "tests", TaskType = taskType, Input = JsonElement.Parse("""{"n":1}""") };

    public static ClaimJobs Claim(string taskType, int limit = 1) =>
        new() { WorkerId = "w", TaskTypes = [taskType], Limit = limit, Wait = "20s" };

    /// <summary>That the call is refused, and why.</summary>
    public static async Task<AiPlatformException> FailsAsync(Func<Task> call, string code, int? status)
    {
        var failure = await Assert.ThrowsAsync<AiPlatformException>(call);
        Assert.Equal((code, status), (failure.Code, failure.Status));
        return failure;
    }
}
