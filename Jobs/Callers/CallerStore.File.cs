using AiPlatform.Jobs.Store;
using Npgsql;
using NpgsqlTypes;

namespace AiPlatform.Jobs;

/// <summary>The callers of CALLERS_FILE, which are changed all at once.</summary>
public sealed partial class CallerStore
{
    /// <summary>Makes the callers of the file those of the store.</summary>
    /// <returns>How many changes were made; or why the file cannot hold, and then none was.</returns>
    public Task<(int Changes, string? Problem)> ReplaceFileAsync(IReadOnlyList<FiledCaller> callers, CancellationToken ct) =>
        _database.TransactAsync<(int, string?)>(
            async connection =>
            {
                await LockAsync(connection, ct);
                var (changes, problem) = await FileChangesAsync(connection, callers, ct);
                if (problem is null && changes.Count > 0)
                {
                    await NoteAsync(connection, OfFile, changes, ct);
                }
                return (problem is null, (changes.Count, problem));
            },
            ct);

    static async Task<(List<(string Action, string Target, string? Detail)> Changes, string? Problem)> FileChangesAsync(
        NpgsqlConnection connection, IReadOnlyList<FiledCaller> callers, CancellationToken ct)
    {
        string[] names = [.. callers.Select(caller => caller.Caller.Name)];
        byte[][] hashes = [.. callers.SelectMany(caller => caller.Tokens).Select(token => token.Hash.ToArray())];
        var taken = await Database.QueryAsync(
            connection, new Statement("api_callers_named").With(names, NpgsqlDbType.Array | NpgsqlDbType.Text), row => row.GetString(0), ct);
        if (taken.Count > 0)
        {
            return ([], $"the name '{taken[0]}' is taken: by a caller that was made over the API; another one is expected.");
        }
        var holders = await Database.QueryAsync(
            connection, new Statement("api_caller_of_tokens").With(hashes, NpgsqlDbType.Array | NpgsqlDbType.Bytea), row => row.GetString(0), ct);
        if (holders.Count > 0)
        {
            return ([], $"a token_hash is that of a token of the caller '{holders[0]}', which was made over the API; another one is expected.");
        }

        List<(string Action, string Target, string? Detail)> changes = [];
        changes.AddRange(
            from row in await SaveAsync(connection, "file", [.. callers.Select(one => (one.Caller, one.ExpiresAt))], ct)
            join one in callers on row.Name equals one.Caller.Name
            select (row.IsNew ? "caller.create" : "caller.change", row.Name, (string?)CallerRows.Detail(one.Caller, one.ExpiresAt)));
        if (await CountAsync(connection, ct) > MostCallers)
        {
            return ([], $"with it there are more than {MostCallers} callers.");
        }
        changes.AddRange(
            from caller in await AddTokensAsync(connection, [.. callers.SelectMany(one => one.Tokens.Select(token => (one.Caller.Name, token)))], ct)
            select ("caller.token.create", caller, (string?)null));
        changes.AddRange(
            from caller in await Database.QueryAsync(
                connection, new Statement("drop_file_tokens").With(hashes, NpgsqlDbType.Array | NpgsqlDbType.Bytea), row => row.GetString(0), ct)
            select ("caller.token.revoke", caller, (string?)null));
        changes.AddRange(
            from caller in await Database.QueryAsync(
                connection, new Statement("drop_file_callers").With(names, NpgsqlDbType.Array | NpgsqlDbType.Text), row => row.GetString(0), ct)
            select ("caller.revoke", caller, (string?)null));
        await BindAsync(connection, [.. callers.Select(one => one.Caller)], ct);
        return await TenantConflictAsync(connection, ct) is { } conflict
            ? ([], $"the owner service '{conflict.OwnerService}' {conflict.Why}")
            : (changes, null);
    }
}
