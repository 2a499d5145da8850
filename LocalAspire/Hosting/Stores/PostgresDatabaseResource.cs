namespace Aspire.Hosting.ApplicationModel;

public class PostgresDatabaseResource : Resource, IResourceWithParent<PostgresServerResource>, IResourceWithConnectionString
{
    internal PostgresDatabaseResource(string name, string databaseName, PostgresServerResource parent) : base(name)
    {
        DatabaseName = databaseName;
        Parent = parent;
        Plan.WaitsFor.Add(parent);
    }

    public PostgresServerResource Parent { get; }

    public string DatabaseName { get; }

    internal override bool IsServer => true;

    // Reachable through the interface only, as in Aspire.
    async ValueTask<string?> IResourceWithConnectionString.GetConnectionStringAsync(CancellationToken cancellationToken) =>
        $"{await Parent.GetConnectionStringAsync(cancellationToken)};Database={DatabaseName}";

    internal override Task<bool> IsHealthyAsync(CancellationToken cancellationToken) => Parent.AnswersAsync(DatabaseName, cancellationToken);
}
