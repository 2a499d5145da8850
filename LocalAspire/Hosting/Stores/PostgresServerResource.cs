using Aspire.Hosting.Runtime;
using Npgsql;

namespace Aspire.Hosting.ApplicationModel;

public class PostgresServerResource : ContainerResource, IResourceWithConnectionString
{
    readonly ParameterResource? _userName;
    readonly ParameterResource _password;
    string? _keptPassword;

    internal PostgresServerResource(string name, ParameterResource? userName, ParameterResource password, int? port) : base(name)
    {
        _userName = userName;
        _password = password;
        Plan.Endpoints.Add(new EndpointAnnotation("tcp", "tcp", port, targetPort: 5432, isProxied: null));
        PrimaryEndpoint = new EndpointReference(this, "tcp");
    }

    public EndpointReference PrimaryEndpoint { get; }

    internal List<PostgresDatabaseResource> Databases { get; } = [];

    public async ValueTask<string?> GetConnectionStringAsync(CancellationToken cancellationToken = default)
    {
        var password = _keptPassword ?? await _password.GetValueAsync(cancellationToken);
        return $"Host={PrimaryEndpoint.Host};Port={PrimaryEndpoint.Port};Username={await UserNameAsync(cancellationToken)};Password={password}";
    }

    internal override async Task<IReadOnlyList<ProcessStart>> PrepareAsync(LocalContext context, CancellationToken cancellationToken)
    {
        var cluster = new PostgresCluster(context.Data.For(this));
        _keptPassword = await cluster.CreateAsync(
            (await UserNameAsync(cancellationToken))!, (await _password.GetValueAsync(cancellationToken))!, cancellationToken);
        return [cluster.Server(PrimaryEndpoint.Port)];
    }

    internal override Task<bool> IsHealthyAsync(CancellationToken cancellationToken) => AnswersAsync("postgres", cancellationToken);

    internal override async Task OnReadyAsync(CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync("postgres", cancellationToken);
        foreach (var database in Databases)
        {
            await using var find = new NpgsqlCommand("select 1 from pg_database where datname = $1", connection);
            find.Parameters.Add(new NpgsqlParameter<string> { TypedValue = database.DatabaseName });
            if (await find.ExecuteScalarAsync(cancellationToken) is not null)
                continue;
            // A database name cannot be a parameter; quoting doubles what would end it.
            await using var create = new NpgsqlCommand($"create database \"{database.DatabaseName.Replace("\"", "\"\"")}\"", connection);
            await create.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    internal async Task<bool> AnswersAsync(string database, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await OpenAsync(database, cancellationToken);
            await using var command = new NpgsqlCommand("select 1", connection);
            return await command.ExecuteScalarAsync(cancellationToken) is 1;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    async ValueTask<string?> UserNameAsync(CancellationToken cancellationToken) =>
        _userName is null ? "postgres" : await _userName.GetValueAsync(cancellationToken);

    async Task<NpgsqlConnection> OpenAsync(string database, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection($"{await GetConnectionStringAsync(cancellationToken)};Database={database};Pooling=false");
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}
