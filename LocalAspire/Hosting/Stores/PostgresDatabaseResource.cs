namespace Aspire.Hosting.ApplicationModel;

public class PostgresDatabaseResource : Resource, IResourceWithConnectionString
{
    readonly string _databaseName;
    readonly PostgresServerResource _server;

    internal PostgresDatabaseResource(string name, string databaseName, PostgresServerResource server) : base(name)
    {
        _databaseName = databaseName;
        _server = server;
        WaitsFor.Add(server);
        HealthChecks.Add(cancellationToken => server.AskAsync(databaseName, "select 1", cancellationToken));
    }

    // Reachable through the interface only, as in Aspire.
    async ValueTask<string?> IResourceWithConnectionString.GetConnectionStringAsync(CancellationToken cancellationToken) =>
        $"{await _server.GetConnectionStringAsync(cancellationToken)};Database={_databaseName}";

    internal override async Task<IReadOnlyList<ProcessStart>> PrepareAsync(RunContext context, CancellationToken cancellationToken)
    {
        if (await _server.AskAsync("postgres", "select 1 from pg_database where datname = $1", cancellationToken, _databaseName) is null)
            // A database name cannot be a parameter; quoting doubles what would end it.
            await _server.AskAsync("postgres", $"create database \"{_databaseName.Replace("\"", "\"\"")}\"", cancellationToken);
        return [];
    }
}
