using AiPlatform.Contracts;
using AiPlatform.Jobs.Store;
using Npgsql;
using NpgsqlTypes;

namespace AiPlatform.Jobs;

/// <summary>The callers, and what administrators did. Changes come one after the other, in all processes, and each is noted with who made it in its own
/// transaction. Every method throws <see cref="StoreUnavailableException"/> while Postgres is away.</summary>
public sealed class CallerStore
{
    /// <summary>Callers at most, revoked ones too: every process holds them all.</summary>
    public const int MostCallers = 10_000;

    /// <summary>Tokens of a caller at most that have not ended.</summary>
    public const int MostTokens = 10;

    /// <summary>Who changes callers as <c>CALLERS_FILE</c> says, for the audit.</summary>
    public const string OfFile = "file";

    /// <summary>How long a token that has ended is still listed.</summary>
    static readonly TimeSpan EndedTokensKept = TimeSpan.FromDays(30);

    readonly Database _database;
    readonly OwnerDirectory _owners;
    long _version = -1;

    internal CallerStore(Database database, OwnerDirectory owners) => (_database, _owners) = (database, owners);

    /// <summary>Which change of the callers was the last. Where it is another one than before, this process forgets which owner services are whose.</summary>
    public async Task<long> VersionAsync(CancellationToken ct)
    {
        var version = (await _database.QueryAsync(new Statement("callers_version"), row => row.GetInt64(0), ct))[0];
        if (Interlocked.Exchange(ref _version, version) != version)
        {
            _owners.ForgetTenants();
        }
        return version;
    }

    /// <summary>A page of the callers by name, those that have ended too.</summary>
    /// <param name="after">The last name of the page before; empty for the first page.</param>
    public Task<List<StoredCaller>> ListAsync(string after, int limit, CancellationToken ct) =>
        _database.QueryAsync(new Statement("list_callers").With(after).With(limit), CallerRows.Read, ct);

    public async Task<StoredCaller?> GetAsync(string name, CancellationToken ct) =>
        (await _database.QueryAsync(new Statement("get_caller").With(name), CallerRows.Read, ct)).FirstOrDefault();

    /// <summary>Adds a caller with its first token.</summary>
    /// <param name="isOpen">Whether nobody is asked for a token where there are no callers.</param>
    public Task<CallerChange> CreateAsync(Caller caller, DateTimeOffset? expiresAt, NewToken token, bool isOpen, string actor, CancellationToken ct) => ChangeAsync(
        actor, isOpen, "caller.create", caller.Name, CallerRows.Detail(caller, expiresAt),
        async (connection, known) =>
        {
            if (known is not null)
            {
                return new CallerChange.NameTaken(known);
            }
            var count = (await Database.QueryAsync(connection, new Statement("count_callers"), row => row.GetInt32(0), ct))[0];
            if (count >= MostCallers)
            {
                return new CallerChange.TooMany();
            }
            await SaveAsync(connection, "api", [(caller, expiresAt)], ct);
            await BindAsync(connection, [caller], ct);
            await AddTokensAsync(connection, [(caller.Name, token)], ct);
            return isOpen && count == 0 && !await HasLastingAdminAsync(connection, ct) ? new CallerChange.FirstIsNoAdmin() : null;
        },
        ct);

    /// <summary>Gives a caller other settings; its tokens stay.</summary>
    /// <param name="isOpen">As with <see cref="CreateAsync"/>.</param>
    public Task<CallerChange> ChangeAsync(Caller caller, DateTimeOffset? expiresAt, bool isOpen, string actor, CancellationToken ct) => ChangeAsync(
        actor, isOpen, "caller.change", caller.Name, CallerRows.Detail(caller, expiresAt),
        async (connection, known) =>
        {
            if (Unchangeable(known) is { } refusal)
            {
                return refusal;
            }
            await SaveAsync(connection, "api", [(caller, expiresAt)], ct);
            await BindAsync(connection, [caller], ct);
            return null;
        },
        ct);

    /// <summary>Gives a caller a further token.</summary>
    /// <param name="othersEndIn">Null where the others stay as they are.</param>
    public Task<CallerChange> AddTokenAsync(string name, NewToken token, TimeSpan? othersEndIn, bool isOpen, string actor, DateTimeOffset now, CancellationToken ct) =>
        ChangeAsync(
            actor, isOpen, "caller.token.create", name, TokenDetail(token.Id),
            async (connection, known) =>
            {
                if (Unchangeable(known) is { } refusal)
                {
                    return refusal;
                }
                if (known!.Tokens.Count(one => one.RevokedAt is null && (one.ExpiresAt is null || one.ExpiresAt > now)) >= MostTokens)
                {
                    return new CallerChange.TooManyTokens();
                }
                await RunAsync(connection, new Statement("forget_caller_tokens").With(name).With(EndedTokensKept, NpgsqlDbType.Interval), ct);
                await AddTokensAsync(connection, [(name, token)], ct);
                if (othersEndIn is { } pause)
                {
                    await RunAsync(connection, new Statement("expire_other_tokens").With(name).With(token.Id).With(pause, NpgsqlDbType.Interval), ct);
                }
                return null;
            },
            ct);

    public Task<CallerChange> RevokeTokenAsync(string name, Guid token, bool isOpen, string actor, CancellationToken ct) => ChangeAsync(
        actor, isOpen, "caller.token.revoke", name, TokenDetail(token),
        async (connection, known) => Unchangeable(known) is { } refusal ? refusal
            : await RunAsync(connection, new Statement("revoke_caller_token").With(name).With(token), ct) > 0 ? null : new CallerChange.NoSuchToken(),
        ct);

    /// <param name="hasFile">Whether the callers of the file are the file's to change; where there is none any more, an administrator turns them off.</param>
    /// <param name="isOpen">As with <see cref="CreateAsync"/>.</param>
    public Task<CallerChange> RevokeAsync(string name, bool hasFile, bool isOpen, string actor, CancellationToken ct) => ChangeAsync(
        actor, isOpen, "caller.revoke", name, detail: null,
        async (connection, known) =>
        {
            if (Unchangeable(known) is { } refusal && (hasFile || refusal is not CallerChange.OfFile || known!.RevokedAt is not null))
            {
                return refusal;
            }
            await RunAsync(connection, new Statement("revoke_caller").With(name), ct);
            return null;
        },
        ct);

    /// <summary>How many jobs of each owner service wait; those without any are not there.</summary>
    public async Task<IReadOnlyDictionary<string, long>> WaitingAsync(CancellationToken ct) =>
        (await _database.QueryAsync(new Statement("owners_waiting"), row => (Owner: row.GetString(0), Jobs: row.GetInt64(1)), ct)).ToDictionary(row => row.Owner, row => row.Jobs);

    /// <summary>The owner services that have jobs of the status, by name.</summary>
    public async Task<IReadOnlyList<string>> OwnersWithAsync(JobStatus status, CancellationToken ct) =>
        await _database.QueryAsync(new Statement("owners_with").With((short)status), row => row.GetString(0), ct);

    /// <summary>A page of what administrators did, newest first.</summary>
    /// <param name="before">The last id of the page before; null for the first page.</param>
    public Task<List<AuditEntry>> AuditAsync(long? before, int limit, CancellationToken ct) => _database.QueryAsync(
        new Statement("list_audit").With(before ?? long.MaxValue).With(limit),
        row => new AuditEntry(
            row.GetInt64(0), row.GetFieldValue<DateTimeOffset>(1), row.GetString(2), row.GetString(3), row.GetString(4), row.IsDBNull(5) ? null : row.GetString(5)), ct);

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
            ? ([], $"the owner service '{conflict.OwnerService}' ({string.Join(", ", conflict.Callers)}) would belong to different tenants; it belongs to one at most, until an administrator takes it from that.")
            : (changes, null);
    }

    /// <summary>Runs a change of one caller, and notes it.</summary>
    /// <param name="change">Gets the caller as it stands; answers why it did nothing, or null.</param>
    Task<CallerChange> ChangeAsync(
        string actor, bool isOpen, string action, string name, string? detail, Func<NpgsqlConnection, StoredCaller?, Task<CallerChange?>> change, CancellationToken ct) =>
        _database.TransactAsync(
            async connection =>
            {
                await LockAsync(connection, ct);
                var hadAdmin = await HasLastingAdminAsync(connection, ct);
                var known = await GetAsync(connection, name, ct);
                var refusal = await change(connection, known)
                    ?? (CallerChange?)await TenantConflictAsync(connection, ct)
                    ?? (isOpen && hadAdmin && !await HasLastingAdminAsync(connection, ct) ? new CallerChange.LastAdmin() : null);
                if (refusal is not null)
                {
                    return (false, refusal);
                }
                await NoteAsync(connection, actor, [(action, name, detail)], ct);
                return (true, (CallerChange)new CallerChange.Done((await GetAsync(connection, name, ct))!));
            },
            ct);

    static CallerChange? Unchangeable(StoredCaller? known) => known switch
    {
        null => new CallerChange.NotFound(),
        { IsOfFile: true } => new CallerChange.OfFile(),
        { RevokedAt: not null } => new CallerChange.Revoked(),
        _ => null,
    };

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
        foreach (var tenant in callers.Where(caller => caller is { Tenant: not null, OwnerServices: not null }).GroupBy(caller => caller.Tenant!))
        {
            var left = tenant.SelectMany(caller => caller.OwnerServices!).ToHashSet();
            while (left.Count > 0)
            {
                // What another transaction has just added is met by the next look.
                var bind = new Statement("bind_owners").With(left.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text).With(tenant.Key);
                left.ExceptWith(await Database.QueryAsync(connection, bind, row => row.GetString(0), ct));
            }
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

    static string TokenDetail(Guid token) => $$"""{"token":"{{token}}"}""";
}
