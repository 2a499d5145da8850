using AiPlatform.Contracts;
using AiPlatform.Jobs.Store;
using Npgsql;
using NpgsqlTypes;

namespace AiPlatform.Jobs;

/// <summary>The callers, and what administrators did. Changes come one after the other, in all processes, and each is noted with who made it in its own
/// transaction. Every method throws <see cref="StoreUnavailableException"/> while Postgres is away.</summary>
public sealed partial class CallerStore
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

    /// <summary>Over a connection that callers cannot keep busy: the one to be turned off is perhaps the one that fills the others.</summary>
    readonly Database _reserved;

    readonly OwnerDirectory _owners;
    long _version = -1;

    internal CallerStore(Database database, Database reserved, OwnerDirectory owners) => (_database, _reserved, _owners) = (database, reserved, owners);

    /// <summary>Which change of the callers was the last. Where it is another one than before, this process forgets which owner services are whose.</summary>
    public async Task<long> VersionAsync(CancellationToken ct)
    {
        var version = (await _reserved.QueryAsync(new Statement("callers_version"), row => row.GetInt64(0), ct))[0];
        if (Interlocked.Exchange(ref _version, version) != version)
        {
            _owners.ForgetTenants();
        }
        return version;
    }

    /// <summary>All callers by name, those that have ended too. As <see cref="VersionAsync"/> it waits for no statement of a caller.</summary>
    public Task<List<StoredCaller>> AllAsync(CancellationToken ct) =>
        _reserved.QueryAsync(new Statement("list_callers").With("").With(MostCallers), CallerRows.Read, ct);

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

    static string TokenDetail(Guid token) => $$"""{"token":"{{token}}"}""";
}
