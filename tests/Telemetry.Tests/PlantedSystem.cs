using System.ComponentModel.DataAnnotations;
using System.Reflection;
using AiPlatform.Testing;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace AiPlatform.Telemetry.Tests;

/// <summary>Every secret that a process knows by its options, each a word that is easy to find, given in files; and servers that ask for such words.</summary>
public sealed class PlantedSystem(Stores stores) : IAsyncLifetime
{
    /// <summary>All planted words begin so.</summary>
    public const string Mark = "planted-";

    public static readonly string[] Processes = ["Api", "LlmWorker", "TranscriptionWorker", "InfraSidecar"];

    readonly string _name = $"t_{Guid.NewGuid():N}";
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("files-of-secrets-");

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Null once a test has ended it.</summary>
    public RedisServer? Redis { get; set; }

    public async ValueTask InitializeAsync()
    {
        Redis = await RedisServer.StartAsync($"user default on >{Word("redis")} ~* &* +@all\n", Ct);
        await ExecuteAsync($"create role {_name} login password '{Word("postgres")}'; create schema {_name} authorization {_name}; {TenantRole.GrantTo(_name)}");
    }

    public static string Word(string name) => $"{Mark}{name.ToLowerInvariant().Replace('_', '-')}-of-this-test";

    /// <summary>The secrets of a process and of the libraries it stands on, found as they are marked in the code.</summary>
    public static IReadOnlyList<string> SecretsOf(string process) =>
    [
        .. from library in (string[])[process, "Jobs", "WorkerRuntime", "ServiceDefaults"]
           let file = Path.Combine(Path.GetDirectoryName(ServiceProcess.PathOf(process))!, $"AiPlatform.{library}.dll")
           where File.Exists(file)
           from type in Assembly.LoadFrom(file).GetTypes()
           from property in type.GetProperties()
           let key = property.GetCustomAttribute<ConfigurationKeyNameAttribute>()?.Name
           where key is not null && property.GetCustomAttribute<DataTypeAttribute>()?.DataType == DataType.Password
           select key,
    ];

    /// <summary>Whether the secret's name with <c>_FILE</c> is another setting, which may stand beside it: that of the API.</summary>
    public static bool HasFileOfItsOwn(string process, string secret) => process == "Api" && secret == "INFRA_SIDECAR_TOKEN";

    /// <summary>Everything planted: secrets in files, addresses with a password or a key in them, and a model server that is away.</summary>
    public Dictionary<string, string?> Environment(string process, params (string Name, string? Value)[] more)
    {
        var environment = new Dictionary<string, string?>
        {
            ["DOTNET_ENVIRONMENT"] = "Production",
            ["DATABASE_URL_FILE"] = FileOf("database", Database()),
            ["REDIS_URL_FILE"] = FileOf("redis", $"redis://:{Word("redis")}@127.0.0.1:{Redis?.Port ?? 1}"),
            ["REDIS_KEY_PREFIX"] = _name,
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:9",
            ["OTEL_EXPORTER_OTLP_HEADERS_FILE"] = FileOf("otlp", $"api-key={Word("otlp")}"),
            ["CALLBACK_ALLOWED_HOSTS"] = "127.0.0.1:*",
            ["JOB_RETRY_DELAY"] = "20ms",
        };
        foreach (var address in (string[])["LLM_BASE_URL", "OLLAMA_BASE_URL", "VOXTRAL_BASE_URL", "WHISPERX_URL", "INFRA_SIDECAR_URL", "VLLM_METRICS_URLS"])
        {
            environment[address] = "http://127.0.0.1:9/v1";
        }
        foreach (var secret in SecretsOf(process))
        {
            environment[$"{secret}_FILE"] = FileOf(secret, Word(secret));
        }
        foreach (var (name, value) in more)
        {
            environment[name] = value;
        }
        return environment;
    }

    public string Database(string? user = null, string? database = null)
    {
        var address = new NpgsqlConnectionStringBuilder(stores.ConnectionString)
        {
            Username = user ?? _name,
            Password = Word("postgres"),
            SearchPath = _name,
            MaxPoolSize = 5,
        };
        address.Database = database ?? address.Database;
        return address.ConnectionString;
    }

    public string FileOf(string name, string content)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, content + "\n");
        return path;
    }

    public async ValueTask DisposeAsync()
    {
        if (Redis is not null)
        {
            await Redis.DisposeAsync();
        }
        _folder.Delete(recursive: true);
        await ExecuteAsync($"drop owned by {_name} cascade; drop role {_name}");
    }

    async Task ExecuteAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(stores.ConnectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }
}
