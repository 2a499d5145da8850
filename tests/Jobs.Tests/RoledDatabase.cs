using System.Diagnostics;
using AiPlatform.Testing;
using Npgsql;

namespace AiPlatform.Jobs.Tests;

/// <summary>A database of its own, migrated by its owner, whose users are those of <c>deploy/postgres/roles.sql</c>.</summary>
public sealed class RoledDatabase(Stores stores) : IAsyncLifetime
{
    const string Password = "of-a-test";

    /// <summary>Who drops a database waits until the whole server, with what other tests write, has brought its files to the disk.</summary>
    static readonly TimeSpan DropLimit = TimeSpan.FromMinutes(5);

    readonly string _name = $"t_{Guid.NewGuid():N}";
    readonly List<NpgsqlDataSource> _users = [];

    public static string Script => Path.Combine(AppContext.BaseDirectory, "roles.sql");

    public string Schema => _name;

    public string OwnerName => $"{_name}_owner";

    public NpgsqlDataSource Admin { get; private set; } = null!;

    public NpgsqlDataSource Hot { get; private set; } = null!;

    public NpgsqlDataSource Reader { get; private set; } = null!;

    string HotName => $"{_name}_hot";

    string ReaderName => $"{_name}_reader";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        if (PsqlPath() is null)
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", "There is no psql.");
        }
        await ExecuteAsync(stores.ConnectionString, $"create database {_name}");
        Admin = Use(AddressOf(null));
        await ExecuteAsync(AddressOf(null), "create schema elsewhere; create table elsewhere.secrets (word text)");
        await RunScriptAsync();
        foreach (var user in (string[])[OwnerName, HotName, ReaderName])
        {
            await ExecuteAsync(AddressOf(null), $"alter role {user} password '{Password}'");
        }
        await using (await StartAsync(OwnerName, migrates: true))
        {
            // All that is wanted of it is its migration.
        }
        await RunScriptAsync();
        (Hot, Reader) = (Use(AddressOf(HotName)), Use(AddressOf(ReaderName)));
    }

    /// <summary>A process as the hot user, with maintenance.</summary>
    internal Task<JobsHost> StartAsync() => StartAsync(HotName, migrates: false);

    public async Task RunScriptAsync()
    {
        var server = new NpgsqlConnectionStringBuilder(stores.ConnectionString);
        var start = new ProcessStartInfo(
            PsqlPath() ?? "psql",
            [
                "-X", "-q", "-v", $"owner={OwnerName}", "-v", $"hot={HotName}", "-v", $"reader={ReaderName}", "-v", $"schema={Schema}", "-f", Script,
            ])
        {
            RedirectStandardError = true,
        };
        foreach (var (name, value) in new (string, string?)[]
        {
            ("PGHOST", server.Host), ("PGPORT", $"{server.Port}"), ("PGUSER", server.Username), ("PGPASSWORD", server.Password), ("PGDATABASE", _name),
        })
        {
            start.Environment[name] = value;
        }
        using var psql = Process.Start(start)!;
        var said = await psql.StandardError.ReadToEndAsync(Ct);
        await psql.WaitForExitAsync(Ct);
        Assert.True(psql.ExitCode == 0, said);
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_users.Select(user => user.DisposeAsync().AsTask()));
        await ExecuteAsync(stores.ConnectionString, $"drop database if exists {_name} with (force)");
        await ExecuteAsync(stores.ConnectionString, $"drop role if exists {OwnerName}, {HotName}, {ReaderName}");
    }

    Task<JobsHost> StartAsync(string user, bool migrates) => JobsHost.StartAsync(
        stores, schema: Schema, maintenance: !migrates, databaseAddress: AddressOf(user),
        configure: options => (options.MigrateOnStart, options.KeyPrefix) = (migrates, _name));

    NpgsqlDataSource Use(string address)
    {
        var source = NpgsqlDataSource.Create(address);
        _users.Add(source);
        return source;
    }

    string AddressOf(string? user)
    {
        var address = new NpgsqlConnectionStringBuilder(stores.ConnectionString) { Database = _name, SearchPath = Schema, MaxPoolSize = 4 };
        if (user is not null)
        {
            (address.Username, address.Password) = (user, Password);
        }
        return address.ConnectionString;
    }

    static async Task ExecuteAsync(string address, string sql)
    {
        await using var source = NpgsqlDataSource.Create(address);
        await using var command = source.CreateCommand(sql);
        command.CommandTimeout = (int)DropLimit.TotalSeconds;
        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }

    static string? PsqlPath() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Concat(Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql").Select(version => $"{version}/bin") : [])
        .Select(folder => Path.Combine(folder, "psql")).FirstOrDefault(File.Exists);
}
