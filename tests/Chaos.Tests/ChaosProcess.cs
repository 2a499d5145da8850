using AiPlatform.Testing;
using Npgsql;

namespace AiPlatform.Chaos.Tests;

/// <summary>A process of the system with its own pieces of network to Postgres and Redis. It is started again after every death.</summary>
sealed class ChaosProcess : IAsyncDisposable
{
    /// <summary>After it no new start is tried. The stores it may lack come back within seconds.</summary>
    static readonly TimeSpan MostRestart = TimeSpan.FromSeconds(90);

    readonly string _project;
    readonly Dictionary<string, string?> _environment;
    ServiceProcess? _process;

    ChaosProcess(string name, string project, TcpProxy postgres, TcpProxy redis, Dictionary<string, string?> environment) =>
        (Name, _project, Postgres, Redis, _environment) = (name, project, postgres, redis, environment);

    public string Name { get; }

    public TcpProxy Postgres { get; }

    public TcpProxy Redis { get; }

    /// <summary>Held by the fault that has this process or its network in hand.</summary>
    public SemaphoreSlim Turn { get; } = new(1, 1);

    /// <summary>Null while it is dead.</summary>
    public Uri? Address { get; private set; }

    public IReadOnlyList<string> Output => _process?.Output ?? [];

    public static ChaosProcess Create(
        string name, string project, Stores stores, string schema, params ReadOnlySpan<(string Name, string Value)> more)
    {
        var database = new NpgsqlConnectionStringBuilder(stores.ConnectionString);
        var postgres = TcpProxy.Start(database.Host!, database.Port);
        (database.Host, database.Port, database.SearchPath, database.MaxPoolSize) = ("127.0.0.1", postgres.Port, schema, 10);

        var (address, rest) = stores.RedisConnectionString.Split(',', 2) is [var first, var others] ? (first, $",{others}") : (stores.RedisConnectionString, "");
        var redis = TcpProxy.Start(address.Split(':')[0], int.Parse(address.Split(':')[1], null));

        var environment = new Dictionary<string, string?>
        {
            ["ConnectionStrings__jobs"] = database.ConnectionString,
            ["ConnectionStrings__redis"] = $"127.0.0.1:{redis.Port}{rest}",
            ["REDIS_KEY_PREFIX"] = schema,
            ["AI_SERVICE_TOKEN"] = "",
            ["JOB_RETRY_DELAY"] = "100ms",
            // Here it is not the job that kills its workers.
            ["JOB_MAX_RESCUES"] = "1000",
            ["WORKER_POLL_INTERVAL"] = "500ms",
        };
        foreach (var (key, value) in more)
        {
            environment[key] = value;
        }
        return new ChaosProcess(name, project, postgres, redis, environment);
    }

    /// <summary>Starts it, again and again for a while if a server that it needs is away.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                _process = await ServiceProcess.StartAsync(_project, _environment, ct);
                Address = _process.Http.BaseAddress;
                return;
            }
            catch (InvalidOperationException died) when (_process is not null)
            {
                // It has run before: what it lacks now is a store, which comes back.
                if (TimeProvider.System.GetElapsedTime(start) > MostRestart)
                {
                    throw new InvalidOperationException($"{Name} could not be started again in {MostRestart.TotalSeconds:0} s. {died.Message}", died);
                }
            }
        }
    }

    public async Task KillAsync()
    {
        Address = null;
        await _process!.DisposeAsync();
    }

    public void Suspend() => _process!.Suspend();

    public void Continue() => _process!.Resume();

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }
        await Postgres.DisposeAsync();
        await Redis.DisposeAsync();
        Turn.Dispose();
    }
}
