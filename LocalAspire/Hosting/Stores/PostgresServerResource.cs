using Npgsql;

namespace Aspire.Hosting.ApplicationModel;

public class PostgresServerResource : Resource, IResourceWithEndpoints, IResourceWithArgs, IResourceWithConnectionString
{
    readonly EndpointAnnotation _endpoint = new("tcp", "tcp", Port: null);
    string _password;

    internal PostgresServerResource(string name, string password) : base(name)
    {
        _password = password;
        Endpoints.Add(_endpoint);
        HealthChecks.Add(cancellationToken => AskAsync("postgres", "select 1", cancellationToken));
    }

    // The server listens on IPv4 only, and "localhost" would first be tried as IPv6.
    public ValueTask<string?> GetConnectionStringAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult<string?>(
        $"Host=127.0.0.1;Port={_endpoint.AllocatedPorts[0]};Username={PostgresCluster.UserName};Password={_password}");

    internal override async Task<IReadOnlyList<ProcessStart>> PrepareAsync(RunContext context, CancellationToken cancellationToken)
    {
        var cluster = new PostgresCluster(context.Data.For(this));
        _password = await cluster.CreateAsync(_password, cancellationToken);
        return [cluster.Server(_endpoint.AllocatedPorts[0], Arguments)];
    }

    internal async Task<object?> AskAsync(string database, string sql, CancellationToken cancellationToken, params string[] values)
    {
        await using var connection = new NpgsqlConnection($"{await GetConnectionStringAsync(cancellationToken)};Database={database};Pooling=false");
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = value });
        return await command.ExecuteScalarAsync(cancellationToken);
    }
}
