using AiPlatform.Jobs.Store;
using Npgsql;
using NpgsqlTypes;

namespace AiPlatform.Jobs;

/// <summary>What all changes of callers are made of, each inside the transaction of its change.</summary>
public sealed partial class CallerStore
{
    static async Task LockAsync(NpgsqlConnection connection, CancellationToken ct) =>
        await Database.QueryAsync(connection, new Statement("lock_callers"), row => row.GetInt64(0), ct);

    static async Task<StoredCaller?> GetAsync(NpgsqlConnection connection, string name, CancellationToken ct) =>
        (await Database.QueryAsync(connection, new Statement("get_caller").With(name), CallerRows.Read, ct)).FirstOrDefault();

    static async Task<int> CountAsync(NpgsqlConnection connection, CancellationToken ct) =>
        (await Database.QueryAsync(connection, new Statement("count_callers"), row => row.GetInt32(0), ct))[0];

    static Task<List<(string Name, bool IsNew)>> SaveAsync(
        NpgsqlConnection connection, string source, IReadOnlyList<(Caller Caller, DateTimeOffset? ExpiresAt)> callers, CancellationToken ct) => Database.QueryAsync(
        connection, new Statement("save_callers").With(source).With(CallerRows.Write(callers), NpgsqlDbType.Json), row => (row.GetString(0), row.GetBoolean(1)), ct);

    static Task<List<string>> AddTokensAsync(NpgsqlConnection connection, IReadOnlyList<(string Caller, NewToken Token)> tokens, CancellationToken ct) =>
        Database.QueryAsync(
            connection,
            new Statement("add_caller_tokens")
                .With(tokens.Select(one => one.Token.Id).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid)
                .With(tokens.Select(one => one.Caller).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text)
                .With(tokens.Select(one => one.Token.Hash.ToArray()).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bytea)
                .With(tokens.Select(one => one.Token.Hint).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text)
                .With(tokens.Select(one => one.Token.ExpiresAt?.ToUniversalTime()).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.TimestampTz),
            row => row.GetString(0), ct);

    /// <summary>Makes the owner services of tenants' callers the tenants': what a tenant may see is known before it makes anything. One that is another's stays so, which
    /// is a conflict.</summary>
    static async Task BindAsync(NpgsqlConnection connection, IReadOnlyList<Caller> callers, CancellationToken ct)
    {
        var left = (
            from caller in callers
            where caller is { Tenant: not null, OwnerServices: not null }
            from owner in caller.OwnerServices!
            select (Owner: owner, Tenant: caller.Tenant!)).ToHashSet();
        while (left.Count > 0)
        {
            // All tenants' at once: owners are locked in the order of their names, as submissions do. What another transaction has just added is met by the next look.
            var bind = new Statement("bind_owners").With(left.Select(one => one.Owner).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text)
                .With(left.Select(one => one.Tenant).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);
            var bound = (await Database.QueryAsync(connection, bind, row => row.GetString(0), ct)).ToHashSet();
            left.RemoveWhere(one => bound.Contains(one.Owner));
        }
    }

    static async Task<CallerChange.TenantConflict?> TenantConflictAsync(NpgsqlConnection connection, CancellationToken ct) =>
        (await Database.QueryAsync(
            connection, new Statement("tenant_conflicts"), row => new CallerChange.TenantConflict(row.GetString(0), row.GetFieldValue<string[]>(1)), ct)).FirstOrDefault();

    static async Task<bool> HasLastingAdminAsync(NpgsqlConnection connection, CancellationToken ct) =>
        (await Database.QueryAsync(connection, new Statement("has_lasting_admin"), row => row.GetBoolean(0), ct))[0];

    static async Task NoteAsync(NpgsqlConnection connection, string actor, IReadOnlyList<(string Action, string Target, string? Detail)> done, CancellationToken ct) =>
        await RunAsync(
            connection,
            new Statement("note_callers").With(actor)
                .With(done.Select(one => one.Action).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text)
                .With(done.Select(one => one.Target).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text)
                .With(done.Select(one => one.Detail).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text),
            ct);

    static Task<int> RunAsync(NpgsqlConnection connection, Statement statement, CancellationToken ct) => Database.ExecuteAsync(connection, statement, ct);
}
