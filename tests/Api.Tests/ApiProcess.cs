using AiPlatform.Testing;

namespace AiPlatform.Api.Tests;

/// <summary>The API as a process of its own that can be killed, on the stores and the schema of another one.</summary>
static class ApiProcess
{
    public static Task<ServiceProcess> StartAsync(Stores stores, string schema, params (string Name, string Value)[] settings) =>
        StartAsync("Api", stores, schema, settings);

    /// <summary>A worker for chats on the same queue.</summary>
    public static Task<ServiceProcess> StartWorkerAsync(Stores stores, string schema, params (string Name, string Value)[] settings) =>
        StartAsync("LlmWorker", stores, schema, settings);

    static Task<ServiceProcess> StartAsync(string project, Stores stores, string schema, (string Name, string Value)[] settings)
    {
        var environment = RunningApi.Settings(stores, schema).ToDictionary(
            setting => setting.Key.Replace(":", "__", StringComparison.Ordinal), setting => setting.Value);
        foreach (var (name, value) in settings)
            environment[name] = value;
        return ServiceProcess.StartAsync(project, environment, TestContext.Current.CancellationToken);
    }

    /// <summary>The setting that leads the process to Postgres through a piece of network.</summary>
    public static (string Name, string Value) Through(TcpProxy postgres, Stores stores, string schema)
    {
        const string Name = "ConnectionStrings:jobs";
        return ("ConnectionStrings__jobs", $"{RunningApi.Settings(stores, schema)[Name]};Host=127.0.0.1;Port={postgres.Port}");
    }

    /// <summary>The same for Redis.</summary>
    public static (string Name, string Value) Through(TcpProxy redis, Stores stores) =>
        ("ConnectionStrings__redis", string.Join(',', [$"127.0.0.1:{redis.Port}", .. stores.RedisConnectionString.Split(',').Skip(1)]));
}
