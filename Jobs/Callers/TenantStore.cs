using System.Text.Json.Nodes;
using AiPlatform.Jobs.Store;
using NpgsqlTypes;

namespace AiPlatform.Jobs;

/// <summary>Which owner services belong to which tenants. Callers bind them (<see cref="CallerStore"/>); an administrator takes one back of which nothing is kept. Every
/// method throws <see cref="StoreUnavailableException"/> while Postgres is away.</summary>
public sealed class TenantStore
{
    /// <summary>Of what is kept, so many are counted.</summary>
    public const int MostCounted = 1_000;

    readonly Database _database;

    internal TenantStore(Database database) => _database = database;

    /// <summary>A page of the tenants by name, each with all its owner services.</summary>
    /// <param name="after">The last of the page before; empty for the first page.</param>
    public async Task<IReadOnlyList<Tenant>> ListAsync(string after, int limit, CancellationToken ct)
    {
        var rows = await _database.QueryAsync(
            new Statement("list_tenants").With(after).With(limit), row => (Tenant: row.GetString(0), Owner: new OwnerOfTenant(row.GetString(1), row.GetFieldValue<string[]>(2))), ct);
        return [.. rows.GroupBy(row => row.Tenant, (tenant, owners) => new Tenant(tenant, [.. owners.Select(row => row.Owner)]))];
    }

    /// <summary>The tenant that the owner service belongs to, also when its callers have ended; null for none.</summary>
    public async Task<string?> OfAsync(string ownerService, CancellationToken ct) =>
        (await _database.QueryAsync(new Statement("tenant_of_owner").With(ownerService), row => row.IsDBNull(0) ? null : row.GetString(0), ct)).FirstOrDefault();

    /// <summary>Makes an owner service no tenant's, where no caller names it and nothing of it is kept. Requests under way that were let in before store nothing for it
    /// any more, and what they are storing is waited for.</summary>
    public Task<OwnerRelease> ReleaseAsync(string tenant, string ownerService, string actor, CancellationToken ct) => _database.TransactAsync<OwnerRelease>(
        async connection =>
        {
            // As any change of callers: none of them names it from here on.
            await Database.QueryAsync(connection, new Statement("lock_callers"), row => row.GetInt64(0), ct);
            if (await Database.QueryAsync(connection, new Statement("take_owner").With(ownerService).With(tenant), row => row.GetInt32(0), ct) is [])
            {
                return (false, new OwnerRelease.NotFound());
            }
            if (await Database.QueryAsync(connection, new Statement("callers_of_owner").With(ownerService), row => row.GetString(0), ct) is { Count: > 0 } callers)
            {
                return (false, new OwnerRelease.Named(callers));
            }
            var kept = (await Database.QueryAsync(
                connection, new Statement("kept_of_owner").With(ownerService).With(MostCounted),
                row => new OwnerRelease.Kept(row.GetInt32(0), row.GetInt32(1), row.GetInt32(2), row.GetInt32(3)), ct))[0];
            if (kept is not { Jobs: 0, Files: 0, Audio: 0, Batches: 0 })
            {
                return (false, kept);
            }
            await Database.QueryAsync(connection, new Statement("release_owner").With(ownerService), row => row.GetInt32(0), ct);
            string[] action = ["owner.release"], target = [ownerService], detail = [new JsonObject { ["tenant"] = tenant }.ToJsonString()];
            var note = new Statement("note_callers").With(actor).With(action, NpgsqlDbType.Array | NpgsqlDbType.Text)
                .With(target, NpgsqlDbType.Array | NpgsqlDbType.Text).With(detail, NpgsqlDbType.Array | NpgsqlDbType.Text);
            await Database.ExecuteAsync(connection, note, ct);
            return (true, new OwnerRelease.Done());
        },
        ct);
}
